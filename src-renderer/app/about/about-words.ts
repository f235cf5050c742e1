import type { AppInfo } from '../../../src-main/api/contract/app.ts';
import type { KeyValue } from '../../ui/index.ts';

const PLATFORMS: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };

/** What the app is and what it runs in: what a report of a problem needs to say. */
export function aboutFacts({ version, shell, platform, arch, versions }: AppInfo): readonly KeyValue[] {
  return [
    { label: 'Version', value: version },
    { label: 'Runs in', value: shell === 'electron' ? 'Its own window' : 'The browser' },
    { label: 'System', value: `${PLATFORMS[platform] ?? platform}, ${arch}` },
    ...Object.entries(versions).map(([label, value]) => ({ label, value })),
  ];
}

/** The same as lines of text. */
export function aboutText(info: AppInfo): string {
  return ['Pi Workbench', ...aboutFacts(info).map(({ label, value }) => `${label}: ${value}`)].join('\n');
}
