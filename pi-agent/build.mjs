/**
 * Bundles the agent into one file of plain JavaScript, pi-agent/dist/led-agent.cjs, for Node 18 and newer. The same
 * sources give the same bytes, whoever builds them.
 */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');

/** onoff with the native `epoll` replaced, and with a sysfs folder that tests can move. */
const onoffWithoutAddOn = {
  name: 'onoff-without-add-on',
  setup(builder) {
    builder.onResolve({ filter: /^epoll$/ }, () => ({ path: join(here, 'src/drivers/epoll-stand-in.cjs') }));
    builder.onLoad({ filter: /[\\/]onoff[\\/]onoff\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const fixed = "const GPIO_ROOT_PATH = '/sys/class/gpio/';";
      if (!source.includes(fixed)) throw new Error('onoff has changed: its GPIO_ROOT_PATH is not where it was.');
      return {
        contents: source.replace(fixed, "const GPIO_ROOT_PATH = globalThis.ledAgentGpioRoot || '/sys/class/gpio/';"),
        loader: 'js',
      };
    });
  },
};

/** Bundles and returns the file's text. Raises when it holds a carriage return or an add-on. */
export async function bundleAgent() {
  return (await bundle()).text;
}

async function bundle() {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const result = await build({
    entryPoints: [join(here, 'src/main.ts')],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    charset: 'ascii',
    legalComments: 'none',
    define: { AGENT_VERSION: JSON.stringify(version) },
    plugins: [onoffWithoutAddOn],
    banner: { js: `#!/usr/bin/env node\n// Pi Workbench LED agent ${version}` },
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const licences = await licencesOf(result.metafile);
  const text = result.outputFiles[0].text + comment(licences);
  assertPlain(text);
  return { text, licences };
}

/** The bundled packages, each with its licence, in the order of their names. */
function licencesOf({ inputs }) {
  const folders = Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return Promise.all(
    [...new Set(folders)].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
      const text = await readFile(join(root, folder, 'LICENSE'), 'utf8');
      return { name, version, identifier: license, text: text.replace(/\r\n?/g, '\n').trim() };
    }),
  );
}

function comment(licences) {
  const texts = licences.map(({ name, text }) => `${name}:\n${text}`);
  return `/* Bundled packages and their licences\n\n${texts.join('\n\n').replaceAll('*/', '* /')}\n*/\n`;
}

/** A carriage return breaks scripts on the Pi, and an add-on would need the Pi's own build. */
export function assertPlain(text) {
  if (text.includes('\r'))
    throw new Error('The bundle holds a carriage return: check out the sources with LF line ends.');
  if (/require\("[^"]*\.node"\)|process\.binding|node-gyp-build|bindings\(/.test(text)) {
    throw new Error('The bundle holds a native add-on.');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, licences } = await bundle();
  const dist = join(here, 'dist');
  await mkdir(dist, { recursive: true });
  await writeFile(join(dist, 'led-agent.cjs'), text);
  await writeFile(join(dist, 'licences.json'), JSON.stringify(licences));
  const digest = createHash('sha256').update(text).digest('hex');
  console.log(`pi-agent/dist/led-agent.cjs: ${(text.length / 1024).toFixed(1)} kB, SHA-256 ${digest}`);
}
