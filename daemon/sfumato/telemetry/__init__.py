"""What the daemon tells those who watch over it: log, metrics and traces, all of the same moments.

The moments are in ``sfumato.jobs.moments``. Libraries are imported only where one is asked for.
"""
