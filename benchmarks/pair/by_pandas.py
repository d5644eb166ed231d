"""The dissemination report as a workbook as somebody would make it who knows pandas and the tables."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pair.told import SHEETS, serve


def theirs(ini: str, target: str) -> None:
    """Serves the workbook."""
    import pandas
    import sqlalchemy as sa

    engine = sa.create_engine(os.environ["CKAN_SQLALCHEMY_URL"])
    connection = engine.connect()
    known: dict[str, Any] = {}

    def know(path: str) -> None:
        known.update(json.loads(Path(path).read_text()))

    def make(name: str, format_: str, from_on: str, until_on: str) -> None:
        end = date.fromisoformat(until_on) + timedelta(days=1)
        asked = {"start": f"{from_on} 00:00+07", "end": f"{end} 00:00+07"}

        def read(sql: str) -> Any:
            return pandas.read_sql_query(sa.text(sql), connection, params=asked)

        tables, said = _tables(pandas, read, known, (from_on, until_on))
        with pandas.ExcelWriter(target, engine="openpyxl", datetime_format="dd/mm/yyyy hh:mm") as book:
            pandas.DataFrame({"": said}).to_excel(book, sheet_name="Ringkasan", index=False)
            _charts(pandas, book, tables[1], tables[2])
            for title, table in zip(SHEETS, tables, strict=True):
                table.to_excel(book, sheet_name=title, index=False, freeze_panes=(1, 0))
                sheet = book.sheets[title]
                sheet.auto_filter.ref = sheet.dimensions
                for column in sheet.column_dimensions.values():
                    column.width = 24
        connection.rollback()

    backends = {connection.connection.dbapi_connection.info.backend_pid}
    connection.rollback()
    serve(backends, {"make": make, "know": know})


def _tables(pandas: Any, read: Any, known: dict[str, Any], days: tuple[str, str]) -> tuple[list[Any], list[str]]:
    """The tables in the order of `SHEETS`, and the sentences."""
    words = known["words"]
    agencies = read('select id as organization_id, title as producer from "group" where is_organization')
    data = read("select id as package_id, title as dataset, owner_org as organization_id from package")
    data = data.merge(agencies, on="organization_id")[["package_id", "dataset", "producer"]]
    published = _published(pandas, read, data, words)
    fetched = read(
        f"select package_id, client, at from satudata_download where at >= :start and at < :end and {known['counted']}"
    )
    months = {"downloads": fetched["at"]}
    fetched = fetched.groupby(["package_id", "client"]).size().rename("count").reset_index()
    fetched = fetched.merge(data, on="package_id")
    steps, answered, late = _steps(pandas, read, known)
    asked = read(
        "select case_id, organization_id, decision, received_at from satudata_ppid_request "
        "where received_at >= :start and received_at < :end"
    )
    is_told = asked.case_id.isin(answered) | (asked.decision == "withdrawn")
    asked["outcome"] = asked.decision.where(is_told).fillna("open").map(words["outcome"])
    outcomes = asked.groupby("outcome").size().rename("count").reset_index()
    producers = pandas.concat(
        [
            published.groupby("producer").size().rename("published"),
            asked.merge(agencies, on="organization_id").groupby("producer").size().rename("requests"),
            fetched.groupby("producer")["count"].sum().rename("downloads"),
        ],
        axis=1,
    )
    producers = producers.fillna(0).astype(int).rename_axis("producer").reset_index().sort_values("producer")
    fetched["client"] = fetched.client.map(words["client"])
    order = {"by": ["count", "dataset", "producer", "client"], "ascending": [False, True, True, True]}
    fetched = fetched.sort_values(**order)[["dataset", "producer", "client", "count"]]
    months |= {"published": published.pop("told_at"), "requests": asked.received_at}
    told = [
        f"{len(published)} data dari {published.producer.nunique()} produsen dipublikasikan.",
        f"{late} dari {steps['count'].sum()} langkah yang selesai melewati batas waktu.",
        f"{len(asked)} permohonan data terbatas masuk; {asked.case_id.isin(answered).sum()} sudah dijawab.",
        f"{fetched['count'].sum()} unduhan tercatat.",
    ]
    return [published, producers, _months(pandas, months, days), steps, outcomes, fetched], told


def _months(pandas: Any, instants: dict[str, Any], days: tuple[str, str]) -> Any:
    """How many there were in each month of the period, in the government's time."""
    every = pandas.period_range(*days, freq="M")
    found = pandas.DataFrame(index=every)
    for name in ("published", "requests", "downloads"):
        local = pandas.to_datetime(instants[name], utc=True).dt.tz_convert("Asia/Jakarta").dt.tz_localize(None)
        found[name] = local.dt.to_period("M").value_counts().reindex(every, fill_value=0)
    return found.to_timestamp().rename_axis("month").reset_index()


def _charts(pandas: Any, book: Any, producers: Any, months: Any) -> None:
    """Each beside the cells that it is drawn from."""
    from openpyxl.chart import BarChart, LineChart, Reference

    line = 0
    largest = producers.nlargest(10, "downloads")[["producer", "downloads"]]
    for kind, cells in (
        (BarChart, largest),
        (LineChart, months[["month", "downloads"]]),
        (LineChart, months[["month", "published"]]),
    ):
        cells.to_excel(book, sheet_name="Grafik", index=False, startrow=line)
        sheet, chart, last = book.sheets["Grafik"], kind(), line + 1 + len(cells)
        chart.add_data(Reference(sheet, min_col=2, min_row=line + 1, max_row=last), titles_from_data=True)
        chart.set_categories(Reference(sheet, min_col=1, min_row=line + 2, max_row=last))
        sheet.add_chart(chart, f"D{line + 1}")
        line = last + 20


def _published(pandas: Any, read: Any, data: Any, words: dict[str, Any]) -> Any:
    rows = read(
        "select package_id, access_level as level, first_published_at as at from satudata_dataset_state "
        "where first_published_at >= :start and first_published_at < :end"
    ).merge(data, on="package_id")
    events = read(
        "select id, subject_id as package_id, at as told_at, actor_name from satudata_journal "
        "where event = 'published' and subject_type = 'dataset'"
    )
    people = read('select name as actor_name, fullname as by from "user"')
    events = events.merge(rows[["package_id", "at"]], on="package_id")
    events = events[events.told_at <= events["at"]].sort_values("id").drop_duplicates("package_id", keep="last")
    rows = rows.merge(events[["package_id", "actor_name"]], on="package_id", how="left")
    rows = rows.merge(people, on="actor_name", how="left")
    rows["level"] = rows.level.map(words["level"])
    rows["told_at"] = rows["at"]
    rows["at"] = pandas.to_datetime(rows["at"], utc=True).dt.tz_convert("Asia/Jakarta").dt.tz_localize(None)
    return rows.sort_values(["at", "dataset"])[["dataset", "producer", "level", "at", "by", "told_at"]]


def _steps(pandas: Any, read: Any, known: dict[str, Any]) -> tuple[Any, Any, int]:
    """The table of steps, the cases whose answer has left, and how many steps were late."""
    import numpy

    rows = read(
        "select s.case_id, s.no, s.role, s.opened_at, s.done_at, s.due_at, s.command, c.sop_version_id as version "
        "from satudata_case_step s join satudata_case c on c.id = s.case_id "
        "where s.done_at >= :start and s.done_at < :end and s.command is not null"
    )
    opens, seconds, worth, before = (numpy.array(column) for column in zip(*known["open"], strict=True))

    def until(at: Any) -> Any:
        stamps = (pandas.to_datetime(at, utc=True) - pandas.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
        place = numpy.searchsorted(opens, stamps, side="right") - 1
        return before[place] + numpy.minimum(stamps - opens[place], seconds[place]) * worth[place]

    rows["days"] = numpy.maximum(until(rows.done_at) - until(rows.opened_at), 0)
    rows["late"] = rows.done_at > rows.due_at
    said = pandas.DataFrame(
        [
            (kind["version"], no, kind["title"], what)
            for kind in known["kinds"].values()
            for no, what in zip(kind["numbers"], kind["what"], strict=True)
        ],
        columns=["version", "no", "process", "what"],
    )
    rows = rows.merge(said, on=["version", "no"])
    rows["role"] = rows.role.map(known["words"]["role"])
    groups = rows.groupby(["process", "no", "what", "role"])
    table = groups.agg(
        count=("days", "size"), median=("days", "median"), longest=("days", "max"), late=("late", "sum")
    ).reset_index()
    return table.round({"median": 2, "longest": 2}), _delivered(read), int(rows.late.sum())


def _delivered(read: Any) -> Any:
    sql = "select distinct case_id from satudata_case_step where command = 'deliver' and done_at is not null"
    return read(sql).case_id
