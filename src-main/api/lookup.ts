/** What the page needs to check and show a look-up before and after it is made. Pure, and safe in a browser. */
export { RECORD_TYPES } from '../dns/answer.ts';
export type {
  DnsRecord,
  LookupAnswer,
  LookupReport,
  Origin,
  Outcome,
  RecordType,
  Resolver,
  ResolverKind,
} from '../dns/answer.ts';
export type { HistoryEntry } from '../dns/history.ts';
export { checkName, isLocalName, type CheckedName } from '../dns/name.ts';
export { pythonSnippet } from '../dns/python-snippet.ts';
export { formatServer, parseServer } from '../dns/servers.ts';
