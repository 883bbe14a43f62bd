// The result for other places: to the clipboard, or as a file where a browser has none for us.

const KINDS = {
  link: { type: "text/plain", file: "whysim.txt", name: "The link" },
  json: { type: "text/plain", file: "whysim.json", name: "The JSON" },
  html: { type: "text/plain", file: "whysim.html", name: "The page, as HTML," },
  png: { type: "image/png", file: "whysim.png", name: "The picture" },
};

const save = (blob, name) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};

/// Copies what `get` promises, a blob, and says what became of it. Pages that are not on this
/// machine and not encrypted have no clipboard.
const copy = async (kind, get) => {
  const { type, file, name } = KINDS[kind];
  const blob = get().then(async (blob) => (blob.type === type ? blob : new Blob([await blob.arrayBuffer()], { type })));
  try {
    // The promise itself: some browsers allow it only while the button is being pressed.
    await navigator.clipboard.write([new ClipboardItem({ [type]: blob })]);
    return `${name} is copied.`;
  } catch (error) {
    const made = await blob;
    if (made.size === 0) throw error;
    save(made, file);
    return `${name} is saved as ${file}, since the browser lets this page copy nothing.`;
  }
};

/// ask: a kind's blob, as a promise. said: shows a message.
export const listen = (group, ask, said) => {
  group.addEventListener("click", async ({ target }) => {
    const { copy: kind } = target.dataset;
    if (!kind) return;
    try {
      said(await copy(kind, () => ask(kind)));
    } catch (error) {
      said(`Nothing was copied: ${error.message}`);
    }
  });
};
