import { protocol, type Session } from 'electron';
import { contentPolicy } from '../start/content-policy.ts';
import type { PageFiles } from '../start/page-files.ts';
import { PAGE_SCHEME, pagePath } from './page-address.ts';

/** Makes `app:` a scheme with an origin, like https, so that the policy's `'self'` means the page's own files. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Serves the page's files, and nothing else, under `app:` in this session. */
export function servePage(session: Session, files: PageFiles): void {
  session.protocol.handle(PAGE_SCHEME, (request) => answer(request, files));
}

async function answer(request: Request, files: PageFiles): Promise<Response> {
  const path = pagePath(request.url);
  const file = path === null ? undefined : files.get(path);
  if (request.method !== 'GET') return refusal(405);
  if (!file) return refusal(404);
  return new Response(await file.read(), { headers: { ...safetyHeaders, 'content-type': file.type } });
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: safetyHeaders });
}

/** The page talks to the main side through its port alone, so it may connect to nothing. */
const safetyHeaders = {
  'content-security-policy': contentPolicy([]),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};
