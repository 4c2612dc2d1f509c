"""The daemon as a service of its user's session: systemd, launchd or the Windows Task Scheduler.

Each of them has what the daemon needs: a start at login, a restart after a crash, a clean stop.
"""
