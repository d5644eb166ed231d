"""What single values look like: expressions for whole cells, which polars runs over columns, and for texts.

They find candidates; `numbers` then asks stdnum and phonenumbers, and `columns` weighs what a column holds altogether.
"""

from __future__ import annotations

from dataclasses import dataclass

from ckanext.satudata.domain.personal.kinds import Kind

_PROVINCE = r"(?:1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-7])"
_AREA = _PROVINCE + r"(?:0[1-9]|[1-9][0-9])(?:0[1-9]|[1-9][0-9])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01]|4[1-9]|[56][0-9]|7[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
NIK = rf"{_AREA}{_DAY}{_MONTH}[0-9]{{6}}"
"""Area, day of birth (of women 40 more), month, year, running number; a KK's is the day of issue."""
_AREA_REST = r"[0-9](?:0[1-9]|[1-9][0-9])(?:0[1-9]|[1-9][0-9])"
_MISFIT = rf"{_AREA}{_DAY}{_MONTH}[0-9]{{4,5}}|{_AREA_REST}{_DAY}{_MONTH}[0-9]{{6}}|{NIK}[0-9]|[0-9]{NIK}"
_ELSEWHERE = rf"[1-9][0-9]{{5}}{_DAY}{_MONTH}[0-9]{{6}}"
"""The same of whatever area: one that is mistyped throughout, or newer than the list."""
_GAP = "[ .\\-_/'’`\u00a0\u200b]"
_NIP_BEGIN = r"(?:19[3-9][0-9]|20[01][0-9])(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
# Of employees on contract the month of appointment is written as 21.
_NIP = _NIP_BEGIN + r"[ .\-]{0,2}(?:19[5-9][0-9]|20[0-4][0-9])(?:0[1-9]|1[0-2]|21)[ .\-]{0,2}[12][ .\-]{0,2}[0-9]{3}"
_NPWP = r"[0-9]{2}[. ][0-9]{3}[. ][0-9]{3}[. ][0-9][\-. ][0-9]{3}[. ][0-9]{3}"
_MOBILE = r"8[1-35-9][0-9](?:[ \-.]{0,3}[0-9]){6,9}"
_AT = r"(?:@| ?[\[(](?i:at)[\])] ?)"
_MAIL = rf"[A-Za-z0-9._%+\-]{{1,64}}{_AT}" r"[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){0,4}\.[A-Za-z]{2,12}"
PLATE_AREAS = r"(?:A[ABDEG]?|B[ABDEGHKLMNP]?|D[ABCDEGHKLMNRSTW]?|E[ABD]?|F|G|H|K[BHTU]?|L|M|N|P[ABGS]?|R|S|T|W|Z)"
_PLATE = rf"{PLATE_AREAS}[ \-]?[0-9]{{1,4}}[ \-]?[A-Z]{{1,3}}"
MONTHS = (
    r"(?:jan(?:uari|uary)?|[fp]eb(?:ruari|ruary)?|mar(?:et|ch)?|apr(?:il)?|mei|may|jun[ie]?|jul[iy]?|"
    r"ag(?:u?s|ustus)|aug(?:ust)?|sept?(?:ember)?|o[kc]t(?:ober)?|no[vp](?:ember)?|de[sc](?:ember)?)"
)
_TIME = r"(?:[ T][0-9:.+Z\-]{4,})?"
DATE = (
    r"(?:[0-3]?[0-9][/\-. |]{1,2}(?:[01]?[0-9])[/\-. |]{1,2}(?:19|20)[0-9]{2}"
    rf"|(?:19|20)[0-9]{{2}}[/\-.|][01]?[0-9][/\-.|][0-3]?[0-9]{_TIME}"
    rf"|[0-3]?[0-9][ \-/](?i:{MONTHS})\.?,?[ \-/](?:(?:19|20)[0-9]{{2}}|[0-9]{{2}})"
    r"|[0-3]?[0-9][/\-][01]?[0-9][/\-][0-9]{2})"
)
DAY = DATE.replace(_TIME, "")
"""The same without the time of day."""


_FIXED = r"(?:\+?62[ \-]?|\(?0)(?:2[1-9]|[3-79][0-9]{1,2})\)?[ \-./]{0,3}"
_ACCOUNT = r"'?(?:[A-Za-z]{2,12}[ :.\-]{1,3})?[0-9](?:[ .\-]?[0-9]){7,17}(?:\.0)?"
_PLAIN_DATE = r"(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]|[0-3][0-9][01][0-9](?:19|20)[0-9]{2}"
_ROMAN = r"(?:I{1,3}|IV|VI{0,3}|IX|XI{0,2})"
_LOOSE_DATE = (
    r"[0-3]?[0-9]\.[01]?[0-9]\.[0-9]{2}"
    rf"|(?i:{MONTHS})\.? [0-3]?[0-9](?:st|nd|rd|th)?,? (?:19|20)[0-9]{{2}}"
    rf"|[0-3]?[0-9][ \-./]{_ROMAN}[ \-./](?:19|20)[0-9]{{2}}"
)
# Day, month and two digits of the year in either order; milliseconds since 1970.
_DATE_DIGITS = r"[0-3][0-9][01][0-9]{3}|[0-9]{2}[01][0-9][0-3][0-9]|-?[0-9]{11,13}"
_NO, _YES, _BOTH = (False,), (True,), (False, True)


@dataclass(frozen=True)
class Shape:
    """A cell of `least` to `most` bytes that fits the expression as a whole, `written` with letters or not.

    Where a `kind` is named, the shape counts only if the heading names that kind, or (not `is_named_only`) if most
    cells of a column have it.
    """

    name: str
    least: int
    most: int
    pattern: str
    written: tuple[bool, ...] = _NO
    kind: Kind | None = None
    is_named_only: bool = False


def _shape(
    name: str,
    sizes: tuple[int, int],
    pattern: str,
    written: tuple[bool, ...] = _NO,
    kind: Kind | None = None,
    *,
    is_named_only: bool = False,
) -> Shape:
    return Shape(name, *sizes, rf"^(?:{pattern})$", written, kind, is_named_only)


SHAPES = (
    _shape("digits16", (16, 16), r"[0-9]{16}"),
    _shape("nik", (16, 16), NIK),
    # Beside which a single number of sixteen digits is no exception.
    _shape("long", (14, 20), r"'?(?:[0-9]{14,15}|[0-9]{17,20})", _NO, Kind.NIK),
    # A text mark, groups; a decimal; zeros for the digits that a spreadsheet lost.
    _shape(
        "gapped16",
        (17, 60),
        rf"[=\"#*]{{0,2}}{_GAP}{{0,2}}(?:[0-9]{_GAP}{{0,3}}){{15}}[0-9][\"*#]?{_GAP}{{0,2}}|[0-9](?:,[0-9]{{3}}){{5}}",
    ),
    _shape("decimal16", (18, 20), rf"'?{NIK}[.,]0{{1,3}}"),
    _shape("power15", (6, 24), r"[1-9][.,][0-9]{1,16}[eE]\+?15", _YES),
    # The last or the first digits lost, or one too many.
    *(
        _shape(name, (14, 18), rf"'?(?:{_MISFIT})", _NO, kind, is_named_only=True)
        for name, kind in (("nik_misfit", Kind.NIK), ("kk_misfit", Kind.KK))
    ),
    *(
        _shape(name, (16, 20), rf"'?{_ELSEWHERE}(?:[.,]0{{1,3}})?", _NO, kind, is_named_only=True)
        for name, kind in (("nik_elsewhere", Kind.NIK), ("kk_elsewhere", Kind.KK))
    ),
    _shape("npwp_written", (20, 20), _NPWP),
    _shape("digits15", (15, 20), r"'?[0-9]{15}(?:[.,]0{1,3})?", _NO, Kind.NPWP),
    _shape("npwp16", (16, 16), r"0[0-9]{15}", _NO, Kind.NPWP),
    _shape("nip", (18, 28), rf"'?(?:NIP[ .:]{{0,3}})?{_NIP}(?:[.,]0{{1,3}})?", _BOTH),
    _shape("power17", (6, 24), r"[12][.,][0-9]{1,17}[eE]\+?17", _YES, Kind.NIP, is_named_only=True),
    _shape("passport", (7, 10), r"[A-Za-z]{1,2}[ \-]?[0-9]{6,7}", _YES, Kind.PASSPORT),
    _shape("bpjs", (13, 20), r"'?0[ \-]?0[ \-]?0(?:[ \-]?[0-9]){10}"),
    _shape("digits_bpjs", (10, 16), r"'?[0-9]{10,13}(?:\.0)?", _NO, Kind.BPJS, is_named_only=True),
    _shape("mobile", (10, 30), rf"['+(]*(?:0|\+?62)[ \-.)(]*0?[)]?[ \-.]?{_MOBILE}(?:\.0)?"),
    _shape("bare_mobile", (9, 20), rf"'?{_MOBILE}(?:\.0)?", _NO, Kind.PHONE),
    _shape("fixed", (8, 22), rf"{_FIXED}[1-9](?:[ \-]?[0-9]){{4,7}}", _NO, Kind.PHONE, is_named_only=True),
    _shape("email", (6, 120), _MAIL, _YES),
    _shape("account", (8, 32), _ACCOUNT, _BOTH, Kind.BANK_ACCOUNT),
    _shape("budget", (8, 60), r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}(?:\.[0-9A-Z]{1,6})+", _BOTH, Kind.BANK_ACCOUNT),
    _shape(
        "power", (6, 24), r"[1-9][.,][0-9]{1,16}[eE]\+?(?:09|9|1[0-7])", _YES, Kind.BANK_ACCOUNT, is_named_only=True
    ),
    _shape("plate", (4, 12), rf"{_PLATE}|(?i:{_PLATE})", _YES, Kind.PLATE),
    _shape("date", (6, 40), DATE, _BOTH, Kind.BIRTH_DATE),
    _shape("power_phone", (6, 24), r"[68][.,][0-9]{1,16}[eE]\+?1[0-3]", _YES, Kind.PHONE, is_named_only=True),
    # Days since 1900, as spreadsheets count them: 1945 to 2034.
    _shape(
        "date_serial", (5, 7), r"(?:1[6-9]|[23][0-9]|4[0-8])[0-9]{3}(?:\.0)?", _NO, Kind.BIRTH_DATE, is_named_only=True
    ),
    _shape("date_plain", (8, 8), _PLAIN_DATE, _NO, Kind.BIRTH_DATE, is_named_only=True),
    # As a column of dates of birth may be written, and much else.
    _shape("date_loose", (6, 24), _LOOSE_DATE, _BOTH, Kind.BIRTH_DATE, is_named_only=True),
    _shape("date_digits", (6, 14), _DATE_DIGITS, _NO, Kind.BIRTH_DATE, is_named_only=True),
    _shape("place_date", (10, 80), rf"[A-Za-z][A-Za-z .'()/\-]{{1,50}}[,;/ ] ?{DATE}", _YES, Kind.BIRTH_DATE),
)
CANDIDATE = (
    r"(?:[0-9][^0-9A-Za-z]{0,3}){7}|@|[\[(](?i:at)[\])]|[eE]\+?(?:09|9|1[0-7])$|"
    r"^[A-Za-z]{1,2}[ \-]?[0-9]{1,4}[ \-]?[A-Za-z]{1,3}$"
    rf"|[0-9]{{1,2}}[ \-/.](?:[0-9]{{1,2}}|(?i:{MONTHS})\.?)[ \-/.][0-9]{{2}}"
)
"""A cell that fits none of this fits none of the shapes."""
LABEL = (
    r"(?i)(?-u:\b)(?:no_?|nomor_?|tgl_?)?(?:niks?|nonik|n[. ]i[. ]k|e?-?ktp|kk|nkk|keluarga|kependudukan|"
    r"penduduk|identitas|id|nip\w*|pegawai|nrk|npwp\w*|pajak|bpjs|jkn|kis|kpj|jamsostek|pas+po\w*|e-?mail|mail|"
    r"surel|elektronik|rek|norek|rekening|account|tabungan|nohp|hp|h\.p|handphone|hand phone|ponsel|telp?|"
    r"telepon|tlp|telephone|phone|mobile|wa|whats ?app|kontak|contact|seluler|gsm|cp|nopol|pol|polisi|pelat|"
    r"plat|tnkb|nrkb|kendaraan|lahir|tgllahir|lhr|ttl|kelahiran|dob|birth\w*|tetala)(?-u:\b|_)"
)
"""A cell that may name a kind; `kinds.said_by` tells whether it does."""
SEVERAL = r"^([^;|\n]*?(?:(?:[0-9][ .\-]{0,2}){9}|@)[^;|\n/]*?)\s*[;|\n/]\s*(?:[+('#]?[0-9]{3}|[^ @]{1,64}@)"
"""A cell with more than one number or address, parted by a sign or a line's end; the group is the first of them."""
MAYBE_LISTED = r"^[^0-9]|[^0-9]$|[0-9](?:[,&+|*)]|\. |  |[^0-9]+[0-9]{9})|[0-9]{9}[^0-9]"
"""A cell of digits that may hold more than one number: a quick look."""
_LISTED_MOBILE = r"(?:\+?62|0)[ \-]?8[1-9][0-9](?:[ \-]?[0-9]){6,9}"
_LISTED_NIP = _NIP.replace(" .", " ")
_BEFORE, _AFTER = r"(?:^|[^0-9.,+]|[0-9]{8}[.,]|[.,] |^[.,])", r"(?:$|[^0-9.,]|[.,](?:$|[^0-9]|[0-9]{8}))"


def listed(kind: Kind | None) -> str:
    """A number, the group, among others or beside marks, in a cell under a heading that names this kind or none."""
    if kind is Kind.BIRTH_DATE:
        return rf"(?:^|[^0-9])({DAY})(?:$|[^0-9])"
    of_kind = {
        Kind.BANK_ACCOUNT: r"[0-9](?:[.\-]?[0-9]){8,17}",
        Kind.NPWP: rf"{_NPWP}|[0-9]{{15,16}}",
        Kind.BPJS: r"[0-9]{13}",
        Kind.PHONE: r"8[1-9][0-9]{8,10}",
    }
    numbers = "|".join(filter(None, [_LISTED_NIP, "[0-9]{16}", _LISTED_MOBILE, of_kind.get(kind) if kind else None]))
    return rf"{_BEFORE}({numbers}){_AFTER}"


_END = r"(?:$|[^0-9A-Za-z])"
PLATE_WITHIN = rf"(?:^|[^0-9A-Za-z])(?:{_PLATE}){_END}"
"""A number plate behind or before other words."""
EMBEDDED: dict[str, str] = {
    "nik": rf"(?:^|[^0-9.,]){NIK}(?:$|[^0-9])",
    "nik_gapped": r"(?i:nik|ktp|kk)[^0-9A-Za-z]{1,4}(?:[0-9][ .\-]?){15}[0-9](?:$|[^0-9])",
    "nip": rf"(?:^|[^0-9.,]){_NIP}(?:$|[^0-9])",
    "npwp": rf"(?:^|[^0-9]){_NPWP}(?:$|[^0-9])",
    "phone": rf"(?:^|[^0-9A-Za-z.,/]|(?i:wa\.me/|[?&]phone=))(?:\(?\+?62\)?|0)[ \-]?{_MOBILE}(?:$|[^0-9])",
    "email": rf"(?:^|[^A-Za-z0-9.*_]){_MAIL}",
    "passport": r"(?i:pas+port?|paspor)[^0-9]{1,12}?[A-Za-z]{1,2} ?[0-9]{6,7}(?:$|[^0-9])",
    "bpjs": r"(?i:bpjs|jkn|kis)[^0-9]{1,20}[0-9]{13}(?:$|[^0-9])",
    "bank_account": (
        r"(?:(?i:rek(?:ening)?|norek)|BCA|BRI|BNI|BSI|BTN|Mandiri|Bank [A-Z][a-z]+)[^0-9A-Za-z]{1,4}"
        r"(?:(?i:no|nomor|a\.?n)[^0-9]{1,3})?[0-9](?:[ \-]?[0-9]){8,15}(?:$|[^0-9.])"
    ),
    "plate": rf"(?i:nopol|no\.? ?pol(?:isi)?|plat(?: nomor)?|kendaraan)[^0-9A-Za-z]{{1,4}}{_PLATE}{_END}",
    "birth_date": rf"(?i:lahir|ttl|tgl\.? lahir|born)[^0-9]{{1,40}}{DATE}",
}
"""By kind what is searched for in a text: numbers with a structure, others where a word beside them tells."""
ANY_EMBEDDED = "|".join(f"(?:{pattern})" for pattern in EMBEDDED.values())
