# No ServiceAccount is bound to cluster-admin, by itself or through a group of ServiceAccounts.
package hemostat.no_cluster_admin

deny contains {"msg": msg, "path": ["subjects", i]} if {
	input.kind in {"ClusterRoleBinding", "RoleBinding"}
	input.roleRef.kind == "ClusterRole"
	input.roleRef.name == "cluster-admin"
	some i, subject in input.subjects
	who := service_account(subject)
	msg := sprintf("%s is bound to cluster-admin", [who])
}

service_account(subject) := sprintf("ServiceAccount %s/%s", [namespace, subject.name]) if {
	subject.kind == "ServiceAccount"
	namespace := object.get(subject, "namespace", object.get(input.metadata, "namespace", "default"))
}

service_account(subject) := sprintf("the group %s", [subject.name]) if {
	subject.kind == "Group"
	startswith(subject.name, "system:serviceaccounts")
}
