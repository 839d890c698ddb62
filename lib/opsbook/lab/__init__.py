"""The lab: move a control in a notebook and see what the report would say."""

from opsbook.lab.explorer import Explorer
from opsbook.lab.opening import explore
from opsbook.lab.view import View, view

__all__ = ["Explorer", "View", "explore", "view"]
