import type { RecordType } from './answer.ts';

export interface SnippetRequest {
  /** As it goes on the wire, or an address. */
  readonly wireName: string;
  readonly kind: 'name' | 'address';
  readonly types: readonly RecordType[];
}

/**
 * The same look-up as a Python program that runs as it is: `socket` for names and addresses, dnspython for the record
 * types that `socket` cannot ask for.
 */
export function pythonSnippet({ wireName, kind, types }: SnippetRequest): string {
  if (kind === 'address') return addressSnippet(wireName);
  const others = types.filter((type) => type !== 'A' && type !== 'AAAA');
  const parts = types.length > others.length || types.length === 0 ? [nameSnippet(wireName, types)] : [];
  if (others.length > 0) parts.push(dnspythonSnippet(wireName, others));
  return parts.join('\n');
}

function nameSnippet(name: string, types: readonly RecordType[]): string {
  const family = types.includes('AAAA') ? (types.includes('A') ? 'AF_UNSPEC' : 'AF_INET6') : 'AF_INET';
  return `import socket

try:
    print(socket.gethostbyname('${name}'))
    found = socket.getaddrinfo('${name}', None, socket.${types.length === 0 ? 'AF_UNSPEC' : family}, socket.SOCK_STREAM)
    for family, _, _, _, address in found:
        print(family.name, address[0])
except socket.gaierror as error:
    print('gaierror:', error)
`;
}

function addressSnippet(address: string): string {
  return `import socket

try:
    name, aliases, addresses = socket.gethostbyaddr('${address}')
    print(name)
except (socket.herror, socket.gaierror) as error:
    print(type(error).__name__ + ':', error)
`;
}

function dnspythonSnippet(name: string, types: readonly RecordType[]): string {
  return `# Python's socket module asks for addresses only; for other records: pip install dnspython
import dns.resolver

for kind in [${types.map((type) => `'${type}'`).join(', ')}]:
    try:
        answer = dns.resolver.resolve('${name}', kind)
        for record in answer:
            print(kind, answer.rrset.ttl, record)
    except dns.resolver.NXDOMAIN:
        print('${name} does not exist')
    except dns.resolver.NoAnswer:
        print('${name} has no', kind, 'record')
`;
}
