"""The rehearsal of a deployment: real processes, HAProxy in the load balancer's place, load all the time.

`make rehearse` runs it. The driver reads what AWS reads, and walks the way that CodeDeploy walks.
"""
