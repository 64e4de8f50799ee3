"""The one door to the server, and all that is known of asking it.

`door` is where every request begins; `patience` makes it, again where that may help, at the `pace` that the server
bears; `exchange` and `client_retries` are what has to be so while the client is called; `refusals` reads what comes in
place of an answer, and `contents` tells a picture from it; `failures` says what is retried, split or given up, and what
helps; `tally` counts and logs; `limits` says how much one request asks for, and `run` how a job runs; `parallel` does
several at a time; `work` cuts what is too much, and `sizes` learns how much that is; `connection` opens and closes the
client's session; `task_bodies` has the client write the bodies of tasks, and `view_bodies` those of maps and pictures.
Nothing else in the package calls the client.

It imports `options` and `errors`.
"""
