"""The rehearsal of a deployment: real processes under load, HAProxy in the load balancer's place.

`make rehearse` runs it. CodeDeploy is the stand-in that the tests of deploy/deploy have, in real
time; what follows a deployment is the code of deploy/deploy.
"""
