"""Treatment functions as publications name them, and the codes that lists use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from equiwait.fields import plain

TOTAL = "999"

FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "100": "General Surgery", "101": "Urology", "110": "Trauma and Orthopaedic", "120": "Ear Nose and Throat",
        "130": "Ophthalmology", "140": "Oral Surgery", "150": "Neurosurgical", "160": "Plastic Surgery",
        "170": "Cardiothoracic Surgery", "300": "General Internal Medicine", "301": "Gastroenterology", "320": "Cardiology",
        "330": "Dermatology", "340": "Respiratory Medicine", "400": "Neurology", "410": "Rheumatology",
        "430": "Elderly Medicine", "502": "Gynaecology", "X01": "Other", "X02": "Other - Medical Services",
        "X03": "Other - Mental Health Services", "X04": "Other - Paediatric Services", "X05": "Other - Surgical Services",
        "X06": "Other - Other Services", TOTAL: "Total",
    }
)  # fmt: skip
"""The functions of the monthly RTT publication: 23, the older "Other" and the total."""

_OTHER_WAYS = {
    "traumaandorthopaedics": "110",
    "traumaorthopaedics": "110",
    "ent": "120",
    "neurosurgery": "150",
    "generalmedicine": "300",
    "thoracicmedicine": "340",
    "geriatricmedicine": "430",
}
_CODES = {plain(name): code for code, name in FUNCTIONS.items()} | _OTHER_WAYS


def specialty_code(given: str) -> str:
    """Return the code of a treatment function from any of its codes or names; what is not known stays as it is.

    Examples
    --------
    >>> specialty_code("C_110"), specialty_code("IPX01"), specialty_code("Cardiology Service"), specialty_code("Unknown")
    ('110', 'X01', '320', 'Unknown')
    """
    text = str(given).strip()
    coded = re.fullmatch(r"(?:C_|[A-Z]P)?(\d{3}|X\d\d)", text.upper())
    if coded:
        return coded[1]
    return _CODES.get(plain(text)) or _CODES.get(plain(text).removesuffix("service"), text)


def specialty_name(code: str) -> str:
    """Return what the people of a treatment function are called here: its code and name.

    Examples
    --------
    >>> specialty_name("110"), specialty_name("Unknown")
    ('110: Trauma and Orthopaedic', 'Unknown')
    """
    return f"{code}: {FUNCTIONS[code]}" if code in FUNCTIONS else code
