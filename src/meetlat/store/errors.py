# SPDX-License-Identifier: EUPL-1.2
"""What can be wrong with a measurement folder."""

from enum import Enum

from meetlat.model.faults import PlaceError


class Fault(Enum):
    """The kinds of fault, each with its English sentence; the command line has the Dutch ones under the same names."""

    NOT_THERE = "{path} does not exist; give the folder of a measurement."
    NOT_A_MEASUREMENT = "{path} is not a measurement, for it holds no {detail}; give a folder that `meetlat measure` made."
    UNFINISHED = "{path} was not finished (there is no {detail} yet); run `meetlat measure` again with the same folder to go on."
    DAMAGED = "{path} is damaged ({detail}); put it back from a copy, or measure again into a new folder."
    NOT_EMPTY = "{path} is not empty; choose a new folder."
    BUSY = "{path} is being written to by another Meetlat; wait until that is ready, or choose another folder."
    SEALED = "{path} is a finished measurement, and those are never changed; choose a new folder."
    OTHER_SETTINGS = "{path} was begun with other settings ({detail}); use the same ones to go on, or choose a new folder."
    OTHER_FORMAT = "{path} has a format that this version of Meetlat cannot read ({detail}); use the version that made it."
    UNREADABLE = "{path} cannot be read ({detail}); see to the name of the folder and the rights on it."
    UNKNOWN_DOMAIN = "{detail} is not among the targets of {path}; look in its targets for the names that are."
    NOT_WRITABLE = "{path} could not be written ({detail}); make room, or see to the rights on the folder."


class MeasurementError(PlaceError[Fault]):
    """A measurement folder cannot be used; the message says what, where, and what to do."""
