// `npm run screenshots`: builds the app and takes the documentation's pictures, by the browser test that does the main
// job. As root on Linux it works in a network of its own, so that the pictures show the usual ports and no address of
// this computer; elsewhere TCP ports 1234 and 1235 have to be free.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, projectDir, run } from './ensure-packages.mjs';
import { ensurePrograms } from './ensure-programs.mjs';

/** An example of a home network: a cable to a router, which is the gateway and the DNS server. Runs its arguments in it. */
const exampleNetwork = `
set -e
unshare --net sleep infinity &
router=$!
trap 'kill $router' EXIT
ip link set lo up
ip link add eth0 address dc:a6:32:01:02:03 type veth peer name lan
until [ "$(readlink /proc/$router/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.1; done
ip link set lan netns $router
nsenter --target $router --net sh -c 'ip link set lan up; ip addr add 192.168.1.1/24 dev lan'
ip link set eth0 up
ip addr add 192.168.1.20/24 broadcast 192.168.1.255 dev eth0
ip route add default via 192.168.1.1
resolv=$(mktemp)
echo 'nameserver 192.168.1.1' > "$resolv"
mount --bind "$resolv" /etc/resolv.conf
"$@"`;

ensurePackages();
const chromium = ensurePrograms();
const built = run('npm', ['run', '--silent', 'build']);
if (built !== 0) process.exit(built);

const pictures = join(projectDir, 'docs', 'pictures');
rmSync(pictures, { recursive: true, force: true });
const vitest = join(projectDir, 'node_modules', 'vitest', 'vitest.mjs');
const test = [process.execPath, vitest, 'run', '--project', 'e2e', 'test/e2e/main-job.test.ts'];
const alone = process.platform === 'linux' && process.getuid?.() === 0;
const [program, ...args] = alone ? ['unshare', '--net', '--mount', 'sh', '-c', exampleNetwork, 'sh', ...test] : test;
const { status } = spawnSync(program, args, {
  cwd: projectDir,
  stdio: 'inherit',
  env: { ...process.env, CHROMIUM_PATH: chromium ?? '', DOC_PICTURES: pictures },
});
process.exit(status ?? 1);
