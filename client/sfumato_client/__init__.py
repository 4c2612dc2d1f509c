"""What the plugins and the command line share: geometry, the session with a daemon, a job's life.

Pure Python 3.10+ without compiled dependencies, as it runs inside picture editors.
"""
