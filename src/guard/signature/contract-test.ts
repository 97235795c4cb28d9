/** Right after signing: can those who will ask for the signature read it? Otherwise they find out at 3 a.m. */
import { READERS } from './readers.ts';
import {
  GATE_PREDICATE,
  SIGNATURE_FORMS,
  type SignatureForm,
  type SignatureReport,
  type VerifiedSignature,
} from './signature.ts';

export interface FormReadable {
  readonly form: SignatureForm;
  readonly readable: boolean;
  /** One sentence; where it is not readable, with what to do. */
  readonly says: string;
}

export interface ContractResult {
  readonly passed: boolean;
  /** In the order that was asked for. */
  readonly forms: readonly FormReadable[];
  /** The answer in one sentence. */
  readonly says: string;
}

/**
 * Says for each form that admission reads whether what was signed can be read in it.
 *
 * @param requiredForms what admission reads; all of them have to be readable. None asked for means that none was promised: not passed.
 * @param claim `signature` (of the image; in att-tag, which holds none, any attestation) or the predicate type of an attestation, e.g. GATE_PREDICATE
 */
export function contractTest(
  report: SignatureReport,
  requiredForms: readonly SignatureForm[],
  claim = 'signature',
): ContractResult {
  const forms = [...new Set(requiredForms)].map((form) => inForm(report, form, claim));
  const missing = forms.filter(({ readable }) => !readable);
  const what = claim === 'signature' ? 'signature' : `attestation (${claim})`;
  if (forms.length === 0) {
    return { passed: false, forms, says: 'No form was asked for; say in which forms admission reads signatures.' };
  }
  const names = (list: readonly FormReadable[]): string => list.map(({ form }) => form).join(', ');
  const says =
    missing.length === 0
      ? `A valid ${what} of ${report.digest} can be read in every form that is asked for: ${names(forms)}.`
      : `No valid ${what} of ${report.digest} can be read in ${missing.length} of ${forms.length} forms: ${names(missing)}.`;
  return { passed: missing.length === 0, forms, says };
}

function inForm(report: SignatureReport, form: SignatureForm, claim: string): FormReadable {
  if (claim === 'signature' && form === 'att-tag') return anyAttestation(report);
  const all = claim === 'signature' ? report.signatures : report.attestations;
  const there = all.filter(({ record }) => record.form === form && record.claims === claim);
  const valid = there.find(({ outcome }) => outcome === 'valid');
  if (valid !== undefined) return { form, readable: true, says: valid.says };
  const first = there[0];
  if (first !== undefined) return { form, readable: false, says: `${first.says} ${advice(form, claim)}` };
  const elsewhere = all.filter(({ record, outcome }) => outcome === 'valid' && record.claims === claim);
  return { form, readable: false, says: `${absent(report, form, claim, elsewhere)} ${advice(form, claim)}` };
}

function anyAttestation(report: SignatureReport): FormReadable {
  const form = 'att-tag';
  const there = report.attestations.filter(({ record }) => record.form === form);
  const said = there.find(({ outcome }) => outcome === 'valid') ?? there[0];
  const readable = said?.outcome === 'valid';
  const says = said?.says ?? 'There is no attestation in att-tag.';
  return { form, readable, says: readable ? says : `${says} ${advice(form, GATE_PREDICATE)}` };
}

function absent(
  report: SignatureReport,
  form: SignatureForm,
  claim: string,
  elsewhere: readonly VerifiedSignature[],
): string {
  const what = claim === 'signature' ? 'signature' : 'attestation';
  const readers = READERS.filter((reader) =>
    (claim === 'signature' ? reader.signatures : reader.attestations).includes(form),
  );
  const unseen = report.complete ? '' : ' (and not every place could be read)';
  const found = SIGNATURE_FORMS.filter((other) => elsewhere.some(({ record }) => record.form === other));
  const but = found.length === 0 ? '' : `, though there is a valid one in ${found.join(' and ')}`;
  const only = readers.map(({ name }) => name).join(', ');
  return `There is no ${what} in ${form}${unseen}${but}; ${only === '' ? 'no known reader looks there' : `it is read by ${only}`}.`;
}

/** What to do so that what is signed can be read in `form`. */
export function advice(form: SignatureForm, claim: string): string {
  const command = claim === 'signature' ? 'cosign sign' : 'cosign attest';
  switch (form) {
    case 'sig-tag':
      return claim === 'signature'
        ? 'Sign with `cosign sign --new-bundle-format=false` (cosign 3) or cosign 2.'
        : 'Attestations never lie there; ask for att-tag.';
    case 'att-tag':
      return claim === 'signature'
        ? 'Signatures never lie there; ask for sig-tag.'
        : 'Attest with `cosign attest --new-bundle-format=false` (cosign 3) or cosign 2.';
    case 'bundle-referrer':
      return `Run \`${command}\` of cosign 3 against a registry that has the referrers API (OCI distribution 1.1), or let admission read the fallback tag.`;
    case 'bundle-fallback-tag':
      return `Run \`${command}\` of cosign 3 (where a registry has the referrers API it writes no fallback tag), or let admission read the referrers API.`;
  }
}
