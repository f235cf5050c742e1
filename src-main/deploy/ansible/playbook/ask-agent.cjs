/* eslint-disable @typescript-eslint/no-require-imports -- it runs alone on the device, as it is, on Node 18 and newer */
'use strict';
// Asks the LED agent of this device who it is:  node ask-agent.cjs PORT TOKEN_FILE FACT...
// TOKEN_FILE may be empty. Prints the answers to INFO and STATUS, and fails unless INFO tells every FACT (version=1.2.3).
// An agent that has just been started is waited for.
const { readFileSync } = require('node:fs');
const { connect } = require('node:net');

const ANSWER_WITHIN_MS = 8000;
/** The slowest board needs seconds to start Node. */
const LISTENS_WITHIN_MS = 10_000;
const TRY_AGAIN_MS = 100;

const [port, tokenFile, ...facts] = process.argv.slice(2);
const token = tokenFile === '' ? null : readFileSync(tokenFile, 'utf8').trim();
const commands = [...(token === null ? [] : [`AUTH ${token}`]), 'INFO', 'STATUS', 'QUIT'];
const giveUpAt = Date.now() + LISTENS_WITHIN_MS;

function fail(why) {
  console.error(why);
  process.exit(1);
}

function attempt() {
  const socket = connect({ host: '127.0.0.1', port: Number(port), timeout: ANSWER_WITHIN_MS });
  let text = '';
  socket.setEncoding('utf8').on('data', (more) => (text += more));
  socket.once('timeout', () => fail('It does not answer.'));
  socket.once('connect', () => socket.write(commands.map((command) => `${command}\n`).join('')));
  socket.once('end', () => judge(text.split('\n').slice(token === null ? 0 : 1)));
  socket.once('error', ({ code, message }) => {
    if (code === 'ECONNREFUSED' && Date.now() < giveUpAt) setTimeout(attempt, TRY_AGAIN_MS);
    else fail(message);
  });
}

function judge([info = '', status = '']) {
  const missing = facts.filter((fact) => !info.split(' ').includes(fact));
  if (missing.length > 0) fail(`It does not tell ${missing.join(' ')}: ${info || 'no answer'}`);
  console.log(`${info}\n${status}`);
}

attempt();
