"""Writes a .pth file into the virtual environment, run by `make install`.

CKAN's wheels make `ckanext` a package with a fixed path at start-up, so that an editable checkout beside
them is not found; and CKAN needs libmagic, which the pylibmagic wheel brings where the system has none.
"""

import site
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    line = f"import pylibmagic, ckanext; ckanext.__path__.append({str(ROOT / 'ckanext')!r})\n"
    (Path(site.getsitepackages()[0]) / "satudata.pth").write_text(line)
