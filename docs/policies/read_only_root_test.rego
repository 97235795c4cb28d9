package hemostat.read_only_root_test

import data.hemostat.read_only_root.deny

writable := {"name": "web", "image": "r/web:1"}

closed := {"name": "web", "image": "r/web:1", "securityContext": {"readOnlyRootFilesystem": true}}

pod(containers) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": containers}}

test_writable_is_denied_with_its_place if {
	some item in deny with input as pod([closed, writable])
	item.path == ["spec", "containers", 1, "securityContext", "readOnlyRootFilesystem"]
}

test_deployment_and_cron_job_are_looked_into if {
	count(deny) == 1 with input as {"kind": "Deployment", "spec": {"template": {"spec": {"initContainers": [writable]}}}}
	count(deny) == 1 with input as {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [writable]}}}}}}
}

test_read_only_is_not if {
	count(deny) == 0 with input as pod([closed])
	count(deny) == 0 with input as {"kind": "Service", "spec": {"ports": []}}
}
