/** The words that can follow `pi-workbench`, each with what it does. */
export const COMMAND_SUMMARIES = {
  discover: 'find devices in the networks of this computer',
  network: 'read the network of a device, or of this computer',
  explain: 'read the text of ifconfig, ip, route or arp from standard input',
  deploy: 'put the LED agent on a device, or look after it there',
  ansible: 'write a playbook that deploys the agent without this app',
  led: 'switch the LED of a device, or watch it',
  send: 'send bytes to a TCP or UDP port and print what comes back',
  listen: 'listen on a TCP or UDP port and print what arrives',
  echo: 'measure round trips to an echo service, and whether every byte comes back',
  dns: 'look a name or an address up, by every resolver there is',
  doctor: 'say which link between here and the LED is broken, and what to do',
} as const;

export type CommandName = keyof typeof COMMAND_SUMMARIES;

export const isCommandName = (word: string): word is CommandName => Object.hasOwn(COMMAND_SUMMARIES, word);
