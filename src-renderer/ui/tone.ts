/** What a colour means wherever the app uses one. */
export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'info' | 'accent';
