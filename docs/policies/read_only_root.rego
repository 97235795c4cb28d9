# Every container that stays has a read-only root file system.
package hemostat.read_only_root

deny contains {"msg": msg, "path": array.concat(path, ["securityContext", "readOnlyRootFilesystem"])} if {
	some [path, container] in containers
	not read_only(container)
	msg := sprintf("container %s may write its root file system", [container.name])
}

read_only(container) if container.securityContext.readOnlyRootFilesystem == true

containers contains [array.concat(at, [list, i]), container] if {
	some [at, spec] in pod_specs
	some list in ["containers", "initContainers"]
	some i, container in spec[list]
}

pod_specs contains [["spec"], input.spec] if input.kind == "Pod"

pod_specs contains [["spec", "template", "spec"], input.spec.template.spec] if input.kind != "CronJob"

pod_specs contains [["spec", "jobTemplate", "spec", "template", "spec"], spec] if {
	input.kind == "CronJob"
	spec := input.spec.jobTemplate.spec.template.spec
}
