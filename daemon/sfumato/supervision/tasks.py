"""A task of the Windows Task Scheduler that runs at the user's login.

https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from sfumato.supervision.supervisor import Command, Standing, asked, told

TASK = "Sfumato"
_SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"

_TEXT = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Sfumato, inpainting for Krita and GIMP</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger><UserId>{user}</UserId></LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="User">
      <UserId>{user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="User">
    <Exec><Command>{program}</Command><Arguments>{arguments}</Arguments></Exec>
  </Actions>
</Task>
"""


class TaskScheduler:
    """The user's own tasks; they run while the user is logged in.

    A task has the user's variables and no others: those of ``Command`` are not written down.
    """

    name = "the Task Scheduler"

    @property
    def file(self) -> Path:
        """Our copy of the task; Windows keeps its own."""
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(local) / "sfumato" / "task.xml"

    def describe(self, command: Command) -> str:
        """The task's XML."""
        program, *arguments = command.argv
        return _TEXT.format(
            user=escape(f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}"),
            program=escape(program),
            arguments=escape(subprocess.list2cmdline(arguments)),
        )

    def program(self) -> str:
        """The program that the task runs."""
        text = self.file.read_text("utf-16")
        found = ElementTree.fromstring(text).find(f".//{_SPACE}Command")  # noqa: S314
        return found.text or "" if found is not None else ""

    def install(self, command: Command) -> None:
        """Register the task and run it."""
        # No console window: the daemon's log has nobody to read it there.
        program, *arguments = command.argv
        silent = Path(program).with_name("pythonw.exe")
        if silent.exists():
            command = Command((str(silent), *arguments), command.variables)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(self.describe(command), "utf-16")
        asked("schtasks", "/End", "/TN", TASK)  # None may be running.
        told("schtasks", "/Create", "/F", "/TN", TASK, "/XML", str(self.file))
        told("schtasks", "/Run", "/TN", TASK)

    def uninstall(self) -> None:
        """End the task and delete it."""
        if self.file.exists():
            asked("schtasks", "/End", "/TN", TASK)
            told("schtasks", "/Delete", "/F", "/TN", TASK)
            self.file.unlink()

    def standing(self) -> Standing:
        """What the Task Scheduler says of it, as a number: its words are in the user's language."""
        if not self.file.exists():
            return Standing.ABSENT
        question = f"(Get-ScheduledTask -TaskName {TASK}).State.value__"
        said = asked("powershell", "-NoProfile", "-Command", question).stdout.strip()
        return Standing.RUNNING if said == "4" else Standing.STOPPED
