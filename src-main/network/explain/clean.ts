/** A line of pasted text, and the command typed before it when the paste shows prompts. */
export interface CleanLine {
  readonly text: string;
  /** The command this line is the output of, or null when no prompt was seen. */
  readonly command: string | null;
}

export interface CleanText {
  readonly lines: readonly CleanLine[];
  /** The machine's name, from a prompt such as `pi@raspberrypi:~ $`. */
  readonly hostName: string | null;
}

const ESCAPES = /\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[()][A-Z0-9])/g;
/** `pi@raspberrypi:~ $ ifconfig`, `root@pi:/home/pi# ip a`, `(venv) pi@raspberrypi ~ $ arp`. */
const USER_PROMPT = /^\s*(?:\([^)]*\)\s*)?[\w.-]+@([\w.-]+)[:\s][^$#%>]*[$#%>]\s*(.*)$/;
/** `$ ifconfig`, `# ip route`, `~ % ifconfig`, `bash-5.2$ ip a`, `PS C:\> arp -a`. */
const BARE_PROMPT = /^\s*(?:PS [A-Z]:\\[^>]*>|[A-Z]:\\[^>]*>|[\w.~/-]*\s?[$#%])\s+(.*)$/;

/** Commands worth reading; after `#` anything else is a comment. */
const TOOLS =
  /^(sudo\s+)?(\S*\/)?(ip|ifconfig|route|arp|netstat|iw|iwconfig|resolvectl|nmcli|cat|hostname|ipconfig)\b|^$/;

/** Takes away what a copy brings along: colours, carriage returns, quote marks of a forum or mail, code fences, prompts. */
export function cleanPaste(pasted: string): CleanText {
  const raw = pasted.replace(ESCAPES, '').replace(/\r\n?/g, '\n').replaceAll('\u00a0', ' ').split('\n');
  const quoted = raw.filter((line) => line.trim() !== '').every((line) => /^\s*>/.test(line));
  const lines: CleanLine[] = [];
  let command: string | null = null;
  let hostName: string | null = null;
  for (const line of quoted ? raw.map((each) => each.replace(/^\s*> ?/, '')) : raw) {
    if (/^\s*(```|~~~)/.test(line)) continue;
    const user = USER_PROMPT.exec(line);
    const bare = BARE_PROMPT.exec(line)?.[1];
    const typed = user ? user[2] : bare !== undefined && TOOLS.test(bare) ? bare : undefined;
    hostName ??= user?.[1] ?? null;
    if (typed === undefined) lines.push({ text: line, command });
    else command = typed.trim();
  }
  return { lines, hostName };
}
