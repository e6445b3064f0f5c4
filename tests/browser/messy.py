"""The table a newcomer brings: semicolons, decimal commas, cp1252, a constant column and a row that stands twice."""

from core.datasets.catalogue import load_table

COLUMNS = ("Kelchlänge", "Kelchbreite", "Blütenlänge", "Blütenbreite")
TARGET = "Art"


def write_messy_csv() -> bytes:
    """Write Fisher's flowers as a spreadsheet in German would export them."""
    frame = load_table("iris").frame
    rows = [[f"{value:.1f}".replace(".", ",") for value in row[:4]] + ["Gärtnerei", row[4]] for row in frame.to_numpy()]
    lines = [[*COLUMNS, "Quelle", TARGET], *rows, rows[-1]]
    return "\r\n".join(";".join(line) for line in lines).encode("cp1252")
