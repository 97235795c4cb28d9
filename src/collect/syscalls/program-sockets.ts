/**
 * Probes for what goes through sockets: bytes, by the tracepoints of Linux 6.3 and newer or by kprobes on what sends and receives
 * for TCP and UDP, and what becomes of connections that this side begins, by the states of its sockets. A socket filter is not
 * among the sources: it sees packets, which belong to no process yet, and bpftrace has no probe for it.
 */
import type { KernelOffer } from './kernel.ts';
import type { ProgramParts } from './program-parts.ts';

type Offer = Pick<KernelOffer, 'has' | 'kprobe'>;

/** What counts bytes on this kernel; null: nothing can. */
export type ByteSource = 'tracepoint' | 'kprobe' | null;

/** Functions whose result > 0 is bytes that a process gave to the network, or took from it; net/ipv4/tcp.c, udp.c, net/ipv6/udp.c. */
const SENDS = ['tcp_sendmsg', 'udp_sendmsg', 'udpv6_sendmsg'];
const RECEIVES = ['tcp_recvmsg', 'udp_recvmsg', 'udpv6_recvmsg'];

const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_TCP = 6;
const MSG_PEEK = 2;
/** include/net/tcp_states.h */
const TCP_ESTABLISHED = 1;
const TCP_SYN_SENT = 2;
const TCP_CLOSE = 7;

export function byteSource({ has, kprobe }: Offer): ByteSource {
  if (has('sock', 'sock_send_length') && has('sock', 'sock_recv_length')) return 'tracepoint';
  return kprobe('tcp_sendmsg') && kprobe('tcp_recvmsg') ? 'kprobe' : null;
}

/** Whether it is seen what becomes of a connection after `connect` has returned. */
export function seesConnections({ has }: Offer): boolean {
  return has('sock', 'inet_sock_set_state');
}

export function byteProbes({ offer, mine, probe, other, flow }: ProgramParts): void {
  const source = byteSource(offer);
  if (source === 'tracepoint') {
    // For sockets of every family; those between processes of one machine are not the network.
    const network = `(args->family == ${AF_INET} || args->family == ${AF_INET6})`;
    probe('sock:sock_send_length', [network, 'args->ret > 0', ...mine], flow('sent', 'sum(args->ret)'));
    // What is only looked at is received when it is taken.
    const taken = [network, 'args->ret > 0', `(args->flags & ${MSG_PEEK}) == 0`, ...mine];
    probe('sock:sock_recv_length', taken, flow('received', 'sum(args->ret)'));
  } else if (source === 'kprobe') {
    const result = (name: string, kind: 'sent' | 'received'): void =>
      other(`kretprobe:${name}`, mine, `$r = (int32)retval;\n  if ($r > 0) { ${flow(kind, 'sum($r)')} }`);
    for (const name of SENDS) if (offer.kprobe(name)) result(name, 'sent');
    for (const name of RECEIVES) if (offer.kprobe(name)) result(name, 'received');
  }
}

/**
 * The state of a socket changes where a packet arrives, in the middle of whatever runs there: whose it is was kept when it began.
 * `@connecting` tells the end of connect(2) that its failure is counted here.
 */
export function connectionProbes({ mine, probe, flow }: ProgramParts): void {
  const own = ['$old == TCP_CLOSE', '$new == TCP_SYN_SENT', ...mine].join(' && ');
  const body = [
    // All that is asked of `args` first: the verifier of the kernel does not take it after a branch.
    '$sk = (uint64)args->skaddr; $old = args->oldstate; $new = args->newstate;',
    `if (${own}) { @ownerpid[$sk] = pid; @ownercgroup[$sk] = cgroup; @connecting[tid] = 1; }`,
    'if ($old == TCP_SYN_SENT) {',
    '  $pid = @ownerpid[$sk]; $cgroup = @ownercgroup[$sk];',
    `  if ($pid && $new == TCP_ESTABLISHED) { ${flow('connected', 'sum(1)', '$cgroup, $pid')} }`,
    `  if ($pid && $new == TCP_CLOSE) { ${flow('connectFailed', 'sum(1)', '$cgroup, $pid')} }`,
    '  delete(@ownerpid[$sk]); delete(@ownercgroup[$sk]);',
    '}',
  ];
  const text = body
    .join('\n  ')
    .replaceAll('TCP_SYN_SENT', String(TCP_SYN_SENT))
    .replaceAll('TCP_ESTABLISHED', String(TCP_ESTABLISHED))
    .replaceAll('TCP_CLOSE', String(TCP_CLOSE));
  probe('sock:inet_sock_set_state', [`args->protocol == ${IPPROTO_TCP}`], text);
}
