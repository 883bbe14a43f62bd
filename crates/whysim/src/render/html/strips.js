  // On paper the matrix is cut between rows into strips, each with the names of its columns, so that
  // no page's edge goes through a row and none is without names.
  // Of A4 and of American letter paper, with the margins of any browser, in CSS pixels.
  const PAGE = 900;
  // Two on a page.
  const STRIP = 440;

  const strips = (map) => {
    const whole = map.height <= PAGE;
    // What comes below the rows: the references' row and the bars.
    const below = map.height - map.top - map.rows * map.high;
    const parts = whole ? 1 : Math.ceil((map.rows * map.high + below) / Math.max(STRIP - map.top, map.high));
    const each = Math.max(1, Math.ceil(map.rows / parts));
    const starts = Array.from({ length: Math.max(1, Math.ceil(map.rows / each)) }, (_, k) => k * each);
    return starts.map((start) => {
      const from = map.top + start * map.high;
      const to = start + each < map.rows ? from + each * map.high : map.height;
      const canvas = map.open(element("canvas", "ws-strip", ""), 0, 0, map.width, map.top + to - from);
      const pen = canvas.getContext("2d");
      const copy = (y, height, at) => {
        const source = [0, y, map.width, height].map((v) => v * map.scale);
        pen.drawImage(map.base, ...source, 0, at, map.width, height);
      };
      copy(0, map.top, 0);
      copy(from, to - from, map.top);
      return canvas;
    });
  };
