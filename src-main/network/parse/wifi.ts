import { draftWifi, type Draft } from '../model/draft.ts';
import { normaliseMac } from '../model/mac.ts';
import type { WifiInfo } from '../model/model.ts';

/** Wi-Fi facts by interface. */
export type WifiFacts = ReadonlyMap<string, WifiInfo>;

/** The band a frequency belongs to (IEEE 802.11, MHz). */
export function wifiBand(frequencyMhz: number): WifiInfo['band'] {
  if (frequencyMhz >= 2400 && frequencyMhz < 2500) return '2.4 GHz';
  if (frequencyMhz >= 4900 && frequencyMhz < 5925) return '5 GHz';
  if (frequencyMhz >= 5925 && frequencyMhz <= 7125) return '6 GHz';
  return frequencyMhz >= 57_000 && frequencyMhz <= 71_000 ? '60 GHz' : null;
}

/** Channel number of a frequency in MHz; null outside the usual bands. */
export function wifiChannel(frequencyMhz: number): number | null {
  if (frequencyMhz === 2484) return 14;
  if (frequencyMhz >= 2412 && frequencyMhz <= 2472) return (frequencyMhz - 2407) / 5;
  if (frequencyMhz >= 5955 && frequencyMhz <= 7115) return (frequencyMhz - 5950) / 5;
  return frequencyMhz >= 5160 && frequencyMhz <= 5885 ? (frequencyMhz - 5000) / 5 : null;
}

/** Reads `iw dev` followed by `iw dev NAME link` of each: one text, in any order. */
export function parseIw(text: string): WifiFacts {
  const result = new Map<string, Draft<WifiInfo>>();
  let current: Draft<WifiInfo> | null = null;
  for (const line of text.split(/\r?\n/)) {
    const name = /^\s*Interface (\S+)/.exec(line)?.[1] ?? /^Connected to \S+ \(on (\S+)\)/.exec(line)?.[1];
    if (name !== undefined) {
      current = result.get(name) ?? draftWifi();
      result.set(name, current);
    }
    if (current) readIwLine(current, line.trim());
  }
  return result;
}

function readIwLine(wifi: Draft<WifiInfo>, line: string): void {
  const connected = /^Connected to (\S+)/.exec(line)?.[1];
  if (connected !== undefined) Object.assign(wifi, { connected: true, bssid: normaliseMac(connected) });
  if (line === 'Not connected.') wifi.connected = false;
  const [, key = '', value = ''] =
    /^(ssid|SSID:|type|channel|txpower|freq:|signal:|rx bitrate:|tx bitrate:)\s(.+)$/.exec(line) ?? [];
  const number = Number.parseFloat(value);
  if (/^ssid/i.test(key)) wifi.ssid = unescapeSsid(value);
  else if (key === 'type') wifi.mode = value;
  else if (Number.isNaN(number)) return;
  else if (key === 'channel') {
    wifi.channel = number;
    setFrequency(wifi, Number(/\((\d+) MHz\)/.exec(value)?.[1] ?? Number.NaN));
    wifi.widthMhz = Number(/width: (\d+) MHz/.exec(value)?.[1] ?? Number.NaN) || null;
  } else if (key === 'txpower') wifi.txPowerDbm = number;
  else if (key === 'freq:') setFrequency(wifi, number);
  else if (key === 'signal:') wifi.signalDbm = number;
  else if (key === 'rx bitrate:') wifi.rxRateMbps = number;
  else if (key === 'tx bitrate:') wifi.txRateMbps = number;
}

function setFrequency(wifi: Draft<WifiInfo>, frequencyMhz: number): void {
  if (!Number.isFinite(frequencyMhz)) return;
  wifi.frequencyMhz = Math.round(frequencyMhz);
  wifi.channel ??= wifiChannel(wifi.frequencyMhz);
  wifi.band = wifiBand(wifi.frequencyMhz);
}

/** iw writes bytes outside printable ASCII as `\xc3\xbc`; an SSID is usually UTF-8. */
function unescapeSsid(text: string): string {
  const bytes: number[] = [];
  for (const [token] of text.matchAll(/\\x[0-9a-f]{2}|\\\\|[^]/gi)) {
    if (/^\\x/.test(token)) bytes.push(Number.parseInt(token.slice(2), 16));
    else bytes.push(...new TextEncoder().encode(token === '\\\\' ? '\\' : token));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** Reads `iwconfig`: one block for each interface; those with "no wireless extensions" are left out. */
export function parseIwconfig(text: string): WifiFacts {
  const result = new Map<string, WifiInfo>();
  for (const block of text.split(/\r?\n(?=\S)/)) {
    const name = /^(\S+)\s+(?:IEEE 802\.11|unassociated|ESSID)/.exec(block)?.[1];
    if (name !== undefined) result.set(name, readIwconfigBlock(block));
  }
  return result;
}

function readIwconfigBlock(block: string): WifiInfo {
  const find = (pattern: RegExp): string | null => pattern.exec(block)?.[1] ?? null;
  const number = (pattern: RegExp): number | null => {
    const text = find(pattern);
    return text === null ? null : Number(text);
  };
  const wifi = draftWifi();
  const accessPoint = find(/Access Point: ?([0-9A-F:]{17})/i);
  wifi.bssid = accessPoint === null ? null : normaliseMac(accessPoint);
  wifi.ssid = find(/ESSID:"(.*?)"(?:\s|$)/);
  wifi.connected = wifi.bssid !== null ? true : /Not-Associated|ESSID:off|unassociated/.test(block) ? false : null;
  wifi.mode = find(/Mode:(\S+)/);
  const [, frequency, unit] = /Frequency[:=]([\d.]+) (GHz|MHz)/.exec(block) ?? [];
  if (frequency !== undefined) setFrequency(wifi, Number(frequency) * (unit === 'GHz' ? 1000 : 1));
  wifi.txRateMbps = number(/Bit Rate[:=]([\d.]+) ?Mb\/s/);
  wifi.txPowerDbm = number(/Tx-Power[:=](-?\d+) dBm/);
  wifi.signalDbm = number(/Signal level[:=](-?\d+) dBm/);
  return wifi;
}

/** Reads /proc/net/wireless: the signal in dBm of each Wi-Fi interface. */
export function parseProcNetWireless(text: string): WifiFacts {
  const result = new Map<string, WifiInfo>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(\S+):\s+[0-9a-f]+\s+(-?[\d.]+)\s+(-?[\d.]+)/i.exec(line);
    if (match?.[1] === undefined) continue;
    const signal = Number.parseFloat(match[3] ?? '');
    // Old drivers report a positive quality here instead of dBm.
    result.set(match[1], { ...draftWifi(), signalDbm: signal < 0 ? signal : null });
  }
  return result;
}
