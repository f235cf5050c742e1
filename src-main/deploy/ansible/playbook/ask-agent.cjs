/* eslint-disable @typescript-eslint/no-require-imports -- it runs alone on the device, as it is, on Node 18 and newer */
'use strict';
// Asks the LED agent of this device who it is:  node ask-agent.cjs PORT TOKEN_FILE FACT...
// TOKEN_FILE may be empty. Prints the answers to INFO and STATUS, and fails unless INFO tells every FACT (version=1.2.3).
const { readFileSync } = require('node:fs');
const { connect } = require('node:net');

const ANSWER_WITHIN_MS = 8000;

const [port, tokenFile, ...facts] = process.argv.slice(2);

function fail(why) {
  console.error(why);
  process.exit(1);
}

const token = tokenFile === '' ? null : readFileSync(tokenFile, 'utf8').trim();
const commands = [...(token === null ? [] : [`AUTH ${token}`]), 'INFO', 'STATUS', 'QUIT'];
const socket = connect({ host: '127.0.0.1', port: Number(port), timeout: ANSWER_WITHIN_MS });
let text = '';
socket.setEncoding('utf8').on('data', (more) => (text += more));
socket.on('timeout', () => fail('It does not answer.'));
socket.on('error', ({ message }) => fail(message));
socket.on('connect', () => socket.write(commands.map((command) => `${command}\n`).join('')));
socket.on('close', () => {
  const [info = '', status = ''] = text.split('\n').slice(token === null ? 0 : 1);
  const missing = facts.filter((fact) => !info.split(' ').includes(fact));
  if (missing.length > 0) fail(`It does not tell ${missing.join(' ')}: ${info || 'no answer'}`);
  console.log(`${info}\n${status}`);
});
