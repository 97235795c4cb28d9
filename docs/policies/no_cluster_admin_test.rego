package hemostat.no_cluster_admin_test

import data.hemostat.no_cluster_admin.deny

binding(role, subjects) := {
	"apiVersion": "rbac.authorization.k8s.io/v1",
	"kind": "ClusterRoleBinding",
	"metadata": {"name": "b"},
	"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
	"subjects": subjects,
}

account := {"kind": "ServiceAccount", "name": "ci", "namespace": "build"}

test_account_is_denied if {
	some item in deny with input as binding("cluster-admin", [{"kind": "User", "name": "ann"}, account])
	item == {"msg": "ServiceAccount build/ci is bound to cluster-admin", "path": ["subjects", 1]}
}

test_group_of_accounts_is_denied if {
	count(deny) == 1 with input as binding("cluster-admin", [{"kind": "Group", "name": "system:serviceaccounts:build"}])
}

test_role_binding_is_denied if {
	input_binding := json.patch(
		binding("cluster-admin", [{"kind": "ServiceAccount", "name": "ci"}]),
		[
			{"op": "replace", "path": "/kind", "value": "RoleBinding"},
			{"op": "add", "path": "/metadata/namespace", "value": "shop"},
		],
	)
	some item in deny with input as input_binding
	item.msg == "ServiceAccount shop/ci is bound to cluster-admin"
}

test_others_are_not if {
	count(deny) == 0 with input as binding("view", [account])
	count(deny) == 0 with input as binding("cluster-admin", [{"kind": "Group", "name": "admins"}])
	count(deny) == 0 with input as {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
}
