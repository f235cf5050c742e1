/**
 * sh that removes `$folder` and the folders made on the way to it, up to the topmost of them, `$made`, as long as they
 * are empty.
 */
export const REMOVE_MADE_FOLDERS = String.raw`
one=$folder
while rmdir "$one" 2>/dev/null && [ "$one" != "$made" ]; do one=${'$'}{one%/*}; done
`;
