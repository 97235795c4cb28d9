/** What is asked where nobody wrote a matrix: as a file of its own form, so that it can be printed, changed and given back. */
export const DEFAULT_MATRIX = `schema: hemostat/respond@1

# Who owes what by when. For each role, the first row from the top that matches a finding's rule (kind) and severity counts;
# "due: none" takes findings out of the rows below. Clocks start when the finding is found.
matrix:
  # Security: a detection rule, published, for what may be an attack.
  - {kind: syscall-*, severity: critical, role: security, acknowledge: 15m, due: 4h, artefact: detection-rule, proof: checked}
  - {kind: syscall-*, severity: high, role: security, acknowledge: 1h, due: 1d, artefact: detection-rule, proof: checked}
  - {kind: deps-*, severity: critical, role: security, acknowledge: 15m, due: 4h, artefact: detection-rule, proof: checked}
  - {kind: image-*, severity: critical, role: security, acknowledge: 15m, due: 4h, artefact: detection-rule, proof: checked}

  # Operations: a plan that goes back to the last signed digest with a flat heap and a clean baseline. What a gate finds does
  # not run yet.
  - {kind: deps-*, severity: "*", role: operations, due: none}
  - {kind: image-*, severity: "*", role: operations, due: none}
  - {kind: config-*, severity: "*", role: operations, due: none}
  - {kind: surface-*, severity: "*", role: operations, due: none}
  - {kind: "*", severity: critical, role: operations, acknowledge: 5m, due: 15m, artefact: rollback-plan, proof: checked}
  - {kind: "*", severity: high, role: operations, acknowledge: 15m, due: 1h, artefact: rollback-plan, proof: checked}

  # Development: what a gate finds is answered in the manifest or the lock file, with a note.
  - {kind: deps-*, severity: critical, role: development, acknowledge: 15m, due: 4h, artefact: note, proof: said}
  - {kind: deps-*, severity: "*", role: development, acknowledge: 1d, due: 10d, artefact: note, proof: said}
  - {kind: image-*, severity: critical, role: development, acknowledge: 15m, due: 4h, artefact: note, proof: said}
  - {kind: image-*, severity: "*", role: development, acknowledge: 1d, due: 10d, artefact: note, proof: said}
  - {kind: config-*, severity: critical, role: development, acknowledge: 15m, due: 4h, artefact: note, proof: said}
  - {kind: config-*, severity: "*", role: development, acknowledge: 1d, due: 10d, artefact: note, proof: said}
  - {kind: surface-*, severity: "*", role: development, acknowledge: 1d, due: 10d, artefact: note, proof: said}

  # Development: a fix with a test that fails before it and passes after it. Of what is less urgent it is enough that the
  # running service is measured flat again.
  - {kind: "*", severity: critical, role: development, acknowledge: 15m, due: 2h, artefact: fix-with-test, proof: checked}
  - {kind: "*", severity: high, role: development, acknowledge: 1h, due: 1d, artefact: fix-with-test, proof: checked}
  - {kind: "*", severity: medium, role: development, acknowledge: 1d, due: 5d, artefact: fix-with-test, proof: measured}
  - {kind: "*", severity: low, role: development, due: 30d, artefact: fix-with-test, proof: measured}

# Clocks run at any hour. With business hours, only those of the severities in "always" do:
# hours: {zone: Europe/Berlin, days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00", holidays: [2026-12-25], always: [critical]}

# Told when this share of the time is used up; "role" is the receiver with the name of the role that owes.
escalation:
  - {at: 0.5, tell: [role]}
  - {at: 0.8, tell: [role]}
  - {at: 1, tell: [role]}
  - {at: 1.5, tell: [role]}

# A clock stands still for at most so long in all; "none" is without limit.
longest-pause: 1d

# Without receivers, reminders are printed. Addresses are secrets and come from variables or files.
# receivers:
#   development: {kind: slack, url-env: SLACK_DEVELOPMENT}
#   operations: {kind: webhook, url-file: /etc/hemostat/pager-url}
`;
