"""The one door to the server, and all that is known of asking it.

`door` makes every request; `failures` says what is retried, split or given up, and what helps; `limits` how much one
request asks for, and `run` how a job runs; `parallel` does several at a time; `connection` opens and closes the
client's session; `task_bodies` has the client write the bodies of tasks. Nothing else in the package calls the client.

It imports `options` and `errors`.
"""
