"""Ways to write a date, shared by reading, writing and generating."""

from typing import Literal

DateStyle = Literal["jjjj-mm-dd", "dd-mm-jjjj", "jjjjmmdd", "dd/mm/jjjj"]

DATE_FORMS: dict[DateStyle, str] = {
    "jjjj-mm-dd": "{y}-{m}-{d}",
    "dd-mm-jjjj": "{d}-{m}-{y}",
    "dd/mm/jjjj": "{d}/{m}/{y}",
    "jjjjmmdd": "{y}{m}{d}",
}
