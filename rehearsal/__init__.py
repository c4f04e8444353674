"""The rehearsal of a deployment: real processes under load, HAProxy in the load balancer's place.

`make rehearse` runs it. The driver reads what AWS reads, and walks the way that CodeDeploy walks.
"""
