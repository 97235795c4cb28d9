/**
 * The configuration file as it is written. Shapes only: what has to be read from elsewhere (secrets, certificates) or fit
 * together is build-jobs.ts and build-alerts.ts. docs/schema/watch-config.schema.json is made from this, for editors.
 *
 * The messages are what a value must be: mistakes.ts makes the sentence `KEY must be MESSAGE and not "…"` of them.
 */
import { z } from 'zod';
import { DURATION_FORM, SIZE_FORM } from './units.ts';

/** Starts the message of a value that must not stand in the file; the value is never repeated. */
export const SECRET = 'secret: ';

const DURATION_WANTED = 'a duration like 15s, 5m, 1h30m or 7d';
const duration = z.string({ error: DURATION_WANTED }).regex(DURATION_FORM, { error: DURATION_WANTED });
const SIZE_WANTED = 'a size like 512MiB or 20GB';
const size = z.string({ error: SIZE_WANTED }).regex(SIZE_FORM, { error: SIZE_WANTED });
const text = z.string({ error: 'a text' }).min(1, { error: 'a text that is not empty' });
const URL_WANTED = 'a URL that begins with http:// or https://';
const url = z.string({ error: URL_WANTED }).regex(/^https?:\/\/[^\s]+$/, { error: URL_WANTED });
const PATH_WANTED = 'a path that begins with /';
const path = z.string({ error: PATH_WANTED }).regex(/^\/[^\s]*$/, { error: PATH_WANTED });
const yes = z.boolean({ error: 'true or false' });

function count(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** A secret: only the name of an environment variable may stand here. */
function secret(file: string) {
  const error = `${SECRET}write it into a file and name that in ${file}, or write \${NAME} for an environment variable`;
  return z.string({ error }).regex(/^\$\{[A-Za-z_]\w*\}$/, { error });
}

const credentials = {
  bearer_token_file: text.describe('File with a bearer token').optional(),
  bearer_token: secret('bearer_token_file')
    .describe('An environment variable with a bearer token, as $ and its name in braces')
    .optional(),
  basic_auth: z
    .strictObject({ username: text, password_file: text.optional(), password: secret('password_file').optional() })
    .describe('HTTP basic authentication')
    .optional(),
  headers_file: text.describe('File with one `Name: value` a line: headers for every request').optional(),
  tls_config: z
    .strictObject({
      ca_file: text.optional(),
      cert_file: text.optional(),
      key_file: text.optional(),
      insecure_skip_verify: yes.optional(),
    })
    .describe('PEM files')
    .optional(),
  timeout: duration.describe('Longest silence of the other side; a whole answer may take ten times as long').optional(),
};

const schedule = z.strictObject({
  metrics_every: duration.describe('/metrics, /debug/vars: cheap').optional(),
  profiles_every: duration.describe('Heap and goroutine profiles, with 10 % jitter').optional(),
  first_look: z
    .strictObject({ captures: count(0, 100).optional(), every: duration.optional() })
    .describe('The first captures of a new target or a new process come faster')
    .optional(),
  warm_up: duration
    .describe('So long after its start a process fills caches and pools: what grows is only suspected')
    .optional(),
  goroutine_limit: count(0, 10_000_000)
    .describe('Goroutine dumps (debug=2 stops the world) are only taken below this many goroutines')
    .optional(),
});

const budget = z.strictObject({
  captures_per_hour: count(1, 36_000).optional(),
  bytes_per_hour: size.optional(),
  pause_per_hour: duration.describe('For how long captures may stop the service').optional(),
});

const load = z
  .strictObject({
    metric: text.describe("A Prometheus metric or expvar key of the target's own pages").optional(),
    prometheus: z
      .strictObject({
        url,
        query: text.describe(
          'PromQL; {{instance}}, {{service}}, {{environment}} and {{NAME}} of a label are filled in, quoted',
        ),
        ...credentials,
      })
      .optional(),
  })
  .describe('What measures the work that comes in: one of the two');

const labels = z.record(
  z.string().regex(/^[A-Za-z_]\w*$/, { error: 'a label name of letters, digits and _' }),
  z.string({ error: 'a text' }),
);

const job = z.strictObject({
  name: text,
  environment: text.describe('Where no label tells').optional(),
  service: text.describe("Where no label tells; the job's name by default").optional(),
  environment_label: text.describe('Label that tells the environment').optional(),
  service_label: text.describe('Label that tells the service').optional(),
  instance_label: text.describe('Label that tells the instance').optional(),
  labels: labels.optional(),
  scheme: z.enum(['http', 'https']).optional(),
  pprof_path: path.describe('Where net/http/pprof is, as /debug/pprof/; looked for by default').optional(),
  metrics_path: path.describe('Where Prometheus text is; looked for by default').optional(),
  source: text
    .describe("Directory of the service's source: the lines around a finding, and what a review of it explains")
    .optional(),
  schedule: schedule.optional(),
  budget: budget.optional(),
  load: load.optional(),
  ...credentials,
  static_configs: z
    .array(z.strictObject({ targets: z.array(text), labels: labels.optional() }))
    .describe('Targets as http://host:port, host:port or unix:/path.sock')
    .optional(),
  file_sd_configs: z
    .array(
      z.strictObject({
        files: z.array(text).min(1, { error: 'a list of at least one file' }),
        refresh_interval: duration.optional(),
      }),
    )
    .describe('Files as for file_sd of Prometheus, JSON or YAML; globs are allowed')
    .optional(),
  http_sd_configs: z
    .array(z.strictObject({ url, refresh_interval: duration.optional(), ...credentials }))
    .describe('URLs that answer as for http_sd of Prometheus')
    .optional(),
  kubernetes_sd_configs: z
    .array(
      z.strictObject({
        api_server: url.describe("From the pod's environment by default").optional(),
        bearer_token_file: text.optional(),
        ca_file: text.optional(),
        namespaces: z.array(text).describe('All that the token may list by default').optional(),
        label_selector: text.optional(),
        prometheus_annotations: yes.describe('Take pods with prometheus.io/scrape, too').optional(),
      }),
    )
    .describe('Pods with the annotation hemostat.io/scrape: "true"')
    .optional(),
});

const severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);

const receiver = z.strictObject({
  name: text,
  slack: z
    .strictObject({
      api_url_file: text.optional(),
      api_url: secret('api_url_file').optional(),
      timeout: duration.optional(),
    })
    .optional(),
  webhook: z.strictObject({ url: url.optional(), url_file: text.optional(), ...credentials }).optional(),
  alertmanager: z.strictObject({ url: url.describe('Without /api/v2'), ...credentials }).optional(),
  min_severity: severity.optional(),
  min_verdict: z.enum(['proven', 'confirmed', 'suspected']).optional(),
  environments: z.array(text).optional(),
  services: z.array(text).optional(),
});

const TIME_WANTED = 'a time like 2030-01-31T18:00:00Z';
const silence = z.strictObject({
  environment: z.string().optional(),
  service: z.string().optional(),
  fingerprint: z.string().optional(),
  until: z.iso.datetime({ offset: true, error: TIME_WANTED }),
  why: text,
});

const alerts = z.strictObject({
  page_url: url.describe('Where people reach the page, for links in messages').optional(),
  group_wait: duration.describe('Findings of one service within this time go into one message').optional(),
  repeat_interval: duration.describe('An open finding is told again after this long; 0s: never').optional(),
  rate_limit: count(1, 10_000).describe('Messages per receiver and hour').optional(),
  receivers: z.array(receiver).optional(),
  silences: z.array(silence).optional(),
});

const LEARN_WANTED = 'a duration like 24h, or off';
const syscalls = z.strictObject({
  collect: yes.describe('Count in this server, with bpftrace; needs root').optional(),
  recordings: z
    .array(text)
    .describe('Recordings that `hemostat guard baseline collect` appends to, or directories of *.jsonl')
    .optional(),
  profiles: text
    .describe('Directory of profiles (*.yaml) that counts are held against; read again when changed')
    .optional(),
  learn: z
    .string({ error: LEARN_WANTED })
    .refine((value) => value === 'off' || DURATION_FORM.test(value), { error: LEARN_WANTED })
    .describe('Where there is no profile, one is learned over this time')
    .optional(),
  warm_up: duration.describe('So long after its start, counts of a process are no measure').optional(),
  window: duration.describe('Length of the windows that this server counts in').optional(),
});

const names = z.array(text).describe('Names of receivers under alerts');
const respond = z.strictObject({
  enabled: yes.describe('false: no incidents, no clocks, no reminders').optional(),
  matrix: text
    .describe('File that says who owes what by when (hemostat/respond@1); what is built in by default')
    .optional(),
  min_severity: severity.describe('Findings below start no incident; high by default').optional(),
  min_verdict: z.enum(['proven', 'confirmed', 'suspected']).describe('Likewise; confirmed by default').optional(),
  receivers: z
    .strictObject({ development: names.optional(), operations: names.optional(), security: names.optional() })
    .describe('Who is reminded of what a role owes; without it, the receiver with the name of the role')
    .optional(),
  artefacts: text.describe('Directory of the rollback plans and detection rules that are attached by name').optional(),
  run_tests: yes
    .describe("Run the tests of a fix without and with it, which runs code of the service's source")
    .optional(),
  test_timeout: duration.describe('Of each of the two runs').optional(),
  keys: z.array(text).describe("Files with public keys whose signatures of a rollback's digest count").optional(),
  insecure_registry: yes.describe('Plain HTTP to a registry on another machine').optional(),
});

export const fileSchema = z
  .strictObject({
    data_dir: text.describe('Where history is kept').optional(),
    listen: text.describe('host:port; anything but a loopback address needs token_file').optional(),
    token_file: text.describe('File with the bearer token of the page and the API').optional(),
    token: secret('token_file')
      .describe('An environment variable with the token, as $ and its name in braces')
      .optional(),
    concurrency: count(1, 1000).describe('Captures at one time over all targets').optional(),
    log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).optional() }).optional(),
    global: z
      .strictObject({
        environment: text.optional(),
        labels: labels.optional(),
        schedule: schedule.optional(),
        budget: budget.optional(),
        load: load.optional(),
        ...credentials,
      })
      .describe('What holds for every job that does not say it itself')
      .optional(),
    jobs: z.array(job).min(1, { error: 'a list of at least one job' }),
    syscalls: syscalls.describe('Counts of system calls, from the kernel').optional(),
    alerts: alerts.optional(),
    respond: respond.describe('Who owes what by when for what is found').optional(),
    retention: z
      .strictObject({
        full: duration.describe('Metrics and summaries at full resolution').optional(),
        medium: duration.describe('5-minute means').optional(),
        long: duration.describe('1-hour means, and everything else but findings').optional(),
        profiles: duration.describe('The profiles themselves').optional(),
        profile_bytes: size.describe('All profiles together on disk').optional(),
      })
      .optional(),
  })
  .describe('Configuration of hemostat watch');

export type FileConfig = z.infer<typeof fileSchema>;
export type JobConfig = z.infer<typeof job>;
export type ReceiverConfig = z.infer<typeof receiver>;
export type RespondFileConfig = z.infer<typeof respond>;
export type ScheduleConfig = z.infer<typeof schedule>;
export type BudgetConfig = z.infer<typeof budget>;
export type LoadConfig = z.infer<typeof load>;

/** Credentials and transport of one client, wherever they stand. */
export type ClientConfig = {
  readonly [Key in keyof typeof credentials]?: z.infer<(typeof credentials)[Key]>;
};
