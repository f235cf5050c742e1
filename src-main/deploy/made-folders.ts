/**
 * sh that removes the folder `$one` and those on the way to it, up to the topmost that was made, `$made`, as long as they
 * are empty. Where nothing was noted, as on a disk that was full, it removes none.
 */
export const REMOVE_MADE_FOLDERS = String.raw`
while [ -n "$made" ] && rmdir "$one" 2>/dev/null && [ "$one" != "$made" ]; do one=${'$'}{one%/*}; done
`;
