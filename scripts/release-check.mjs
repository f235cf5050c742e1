// Run before a release: refuses while the project's own names are still placeholders.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectDir } from './ensure-packages.mjs';

/** What still has to be decided, a sentence each; empty when a release may be made. Takes the two files' texts. */
export function releaseProblems({ packageJson, builderConfig }) {
  const { homepage = '', author = '', version = '' } = JSON.parse(packageJson);
  const appId = valueOf(builderConfig, 'appId');
  const maintainer = valueOf(builderConfig, 'maintainer');
  return [
    !/^https:/.test(homepage) || isNowhere(homepage)
      ? `package.json: homepage “${homepage}” is not a page that people can open.`
      : '',
    author === '' ? 'package.json: author is missing.' : '',
    /^0\.0\.0/.test(version) || version === '' ? `package.json: version “${version}” is none to release.` : '',
    !/<[^@\s<>]+@[^@\s<>]+>$/.test(maintainer) || isNowhere(maintainer)
      ? `electron-builder.yml: maintainer “${maintainer}” has no address that mail reaches; a deb must name one.`
      : '',
    belongsTo(appId, homepage)
      ? ''
      : `electron-builder.yml: appId “${appId}” is not made of the home page’s domain; it cannot be changed later.`,
  ].filter(Boolean);
}

/** A top-level or once indented value of the configuration, without a parser: the file is ours and plain. */
function valueOf(text, key) {
  return new RegExp(`^ {0,2}${key}: (.+)$`, 'm').exec(text)?.[1]?.trim() ?? '';
}

/** Names that no one can have (RFC 2606, RFC 6761). */
function isNowhere(text) {
  return /\.(invalid|example|test|localhost|local)\b|\bexample\.(com|net|org)\b/.test(text);
}

/** `org.example.app` belongs to https://example.org/ and all below it; on GitHub the name that owns it counts too. */
function belongsTo(appId, homepage) {
  if (!URL.canParse(homepage)) return false;
  const { hostname, pathname } = new URL(homepage);
  const owner = pathname.split('/')[1] ?? '';
  const host = hostname === 'github.com' ? `${owner.toLowerCase()}.github.io` : hostname;
  const labels = host.split('.').slice(host.endsWith('.github.io') ? -3 : -2);
  return `${appId}.`.startsWith(`${labels.reverse().join('.')}.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (name) => readFileSync(join(projectDir, name), 'utf8');
  const problems = releaseProblems({
    packageJson: read('package.json'),
    builderConfig: read('electron-builder.yml'),
  });
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
}
