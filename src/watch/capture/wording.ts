/** Sentences of the HTTP client end in what to do, in options of the command line; a target that is watched has a file. */

const WORDS: readonly (readonly [option: string, key: string])[] = [
  ['raise --timeout', 'set a longer timeout'],
  ['give its authority with --cacert FILE', 'name its authority in tls_config.ca_file'],
  ['skip the check with --insecure', 'set tls_config.insecure_skip_verify'],
  ['check --user, --bearer-file or --header', 'check basic_auth, bearer_token_file or headers_file'],
  [
    "give --user NAME:PASSWORD, --bearer-file FILE or --header 'Name: value'",
    'give basic_auth, bearer_token_file or headers_file in the configuration',
  ],
  ['Give --bearer-file or --header', 'Give bearer_token_file or headers_file'],
  ['give --cert FILE and --key FILE', 'give tls_config.cert_file and key_file'],
];

export function inConfigurationWords(sentence: string): string {
  return WORDS.reduce((text, [option, key]) => text.replace(option, key), sentence);
}
