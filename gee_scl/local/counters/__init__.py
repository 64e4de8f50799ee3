"""What requests cost: amounts of work, and the seconds that they are spent in.

Here belongs what counts where work is done, and hands on to threads whose work it is. It imports errors only.
"""

from gee_scl.local.counters.work import Counters, Counts, Meter, Threads, count

__all__ = ["Counters", "Counts", "Meter", "Threads", "count"]
