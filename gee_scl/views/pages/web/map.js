// The map page: shows one date's layers, reads classes from the pictures' colours, and keeps legend and readout true.
"use strict";

(() => {
  const MERCATOR_RADIUS = 6378137;
  const NO_CLASS = 255;
  const PLAY_MILLISECONDS = 1200;
  const MERCATOR = L.CRS.EPSG3857;

  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("map-data").textContent);
  const { extent, classes, frames, regions, areas } = data;
  const extentNorth = extent.south + extent.height * extent.pixel;
  const extentEast = extent.west + extent.width * extent.pixel;
  const bounds = L.latLngBounds(
    MERCATOR.unproject(L.point(extent.west, extent.south)),
    MERCATOR.unproject(L.point(extentEast, extentNorth)),
  );
  const hasTrueColor = frames.some((frame) => frame.trueColor || frame.trueColorTiles);
  const hasTiles = frames.some((frame) => frame.classTiles);

  const state = {
    frame: 0,
    visible: { classes: true, trueColor: true, regions: true, basemap: true },
    opacity: 1,
    split: false,
    divider: 0.5,
    region: null,
    only: new Set(),
    pinned: null,
  };

  // --- The map and its panes -----------------------------------------------------------------------------------------

  const map = L.map("map", {
    attributionControl: false,
    crs: MERCATOR,
    // Tiles that are scaled leave seams; pictures do not.
    zoomSnap: hasTiles || data.basemap ? 1 : 0.25,
    zoomDelta: hasTiles || data.basemap ? 1 : 0.5,
    maxZoom: 19,
    keyboardPanDelta: 60,
    maxBoundsViscosity: 0.6,
    fadeAnimation: false,
  });
  const PANES = { basemap: 210, trueColor: 220, classes: 230, regions: 410, names: 420 };
  for (const [name, order] of Object.entries(PANES)) map.createPane(name).style.zIndex = order;
  const attribution = L.control.attribution({ prefix: false }).addTo(map);
  attribution.addAttribution('<a href="https://leafletjs.com">Leaflet</a>');
  L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  map.setMaxBounds(bounds.pad(1.5));

  // --- Layers of a date ----------------------------------------------------------------------------------------------

  const attached = { classes: new Set(), trueColor: new Set() };

  function makePicture(kind, frame, address = frame[kind]) {
    const words = kind === "classes" ? "Class map" : "True colour";
    return L.imageOverlay(address, bounds, {
      pane: kind,
      alt: `${words}, ${frame.label}`,
      className: kind === "classes" ? "exact" : "",
    });
  }

  function makeLayer(kind, frame) {
    const tiles = kind === "classes" ? frame.classTiles : frame.trueColorTiles;
    if (!tiles) return frame[kind] ? makePicture(kind, frame) : null;
    const layer = L.tileLayer(tiles, { pane: kind, className: kind === "classes" ? "exact" : "", maxZoom: 19 });
    if (frame[kind]) layer.once("tileerror", () => layer === newest[kind] && show(kind, makePicture(kind, frame)));
    return layer;
  }

  const newest = { classes: null, trueColor: null };

  // What was shown before goes only when the new layer is there, so that the map does not flash.
  function show(kind, layer) {
    newest[kind] = layer;
    const dropOthers = () => {
      if (newest[kind] !== layer) return;
      for (const other of attached[kind]) {
        if (other !== layer) {
          attached[kind].delete(other);
          other.remove();
        }
      }
    };
    if (!layer) {
      dropOthers();
      return;
    }
    attached[kind].add(layer);
    layer.once("load", dropOthers);
    layer.once("error", dropOthers);
    layer.addTo(map);
  }

  // The chosen classes of a date alone, drawn from its picture.
  async function showOnly() {
    const number = state.frame;
    const chosen = [...state.only];
    const found = await readClasses(number);
    if (number !== state.frame || chosen.join() !== [...state.only].join() || !state.visible.classes) return;
    const canvas = document.createElement("canvas");
    canvas.width = extent.width;
    canvas.height = extent.height;
    const context = canvas.getContext("2d");
    const drawn = context.createImageData(extent.width, extent.height);
    const words = new DataView(drawn.data.buffer);
    const colors = new Map(chosen.flatMap((index) => sameColor[index]).map((index) => [index, Number.parseInt(`${classes[index].color}ff`, 16)]));
    found.forEach((index, place) => colors.has(index) && words.setUint32(4 * place, colors.get(index)));
    context.putImageData(drawn, 0, 0);
    show("classes", makePicture("classes", frames[number], canvas.toDataURL("image/png")));
  }

  function showLayers() {
    const frame = frames[state.frame];
    for (const kind of ["classes", "trueColor"]) {
      if (kind === "classes" && state.visible.classes && state.only.size) showOnly();
      else show(kind, state.visible[kind] ? makeLayer(kind, frame) : null);
    }
    map.getPane("classes").style.opacity = state.split ? 1 : state.opacity;
  }

  let basemapLayer = null;

  function showBasemap() {
    if (!data.basemap) return;
    if (!basemapLayer) {
      basemapLayer = L.tileLayer(data.basemap, {
        pane: "basemap",
        maxZoom: 19,
        attribution: '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors',
      });
      attribution.remove();
      attribution.addTo(map);
    }
    if (state.visible.basemap) {
      basemapLayer.addTo(map);
      attribution.addAttribution(basemapLayer.getAttribution());
    } else {
      basemapLayer.remove();
      attribution.removeAttribution(basemapLayer.getAttribution());
    }
  }

  // --- Regions -------------------------------------------------------------------------------------------------------

  const spread = (box) => (box.getEast() - box.getWest()) * (box.getNorth() - box.getSouth());

  const outlines = regions.map((region) => {
    const rings = region.rings.map((ring) => ring.map(([longitude, latitude]) => [latitude, longitude]));
    const common = { pane: "regions", interactive: false, fill: false, lineJoin: "round" };
    const casing = L.polygon(rings, { ...common, color: "#ffffff", weight: 5, opacity: 0.85 });
    const line = L.polygon(rings, { ...common, color: "#12181d", weight: 2 });
    return { group: L.featureGroup([casing, line]), casing, line, label: nameLabel(region.name, line) };
  });

  function nameLabel(name, line) {
    // As an element: Leaflet would read a text as HTML.
    const words = document.createElement("span");
    words.textContent = name;
    const [largest] = line.getLatLngs().map((ring) => L.latLngBounds(ring)).sort((one, other) => spread(other) - spread(one));
    const place = L.latLng(largest.getNorth(), largest.getCenter().lng);
    return L.tooltip({ permanent: true, direction: "top", className: "name", pane: "names", interactive: false })
      .setLatLng(place)
      .setContent(words);
  }

  function showRegions() {
    for (const { group, label } of outlines) {
      if (state.visible.regions) {
        group.addTo(map);
        label.addTo(map);
      } else {
        group.remove();
        label.remove();
      }
    }
    outlines.forEach(({ line, casing }, index) => {
      line.setStyle({ weight: index === state.region ? 3.5 : 2 });
      casing.setStyle({ weight: index === state.region ? 7.5 : 5 });
    });
    hideCrowdedNames();
  }

  const FEW_REGIONS = 30;

  const widthOnScreen = (line) => {
    const box = line.getBounds();
    return map.latLngToContainerPoint(box.getNorthEast()).x - map.latLngToContainerPoint(box.getSouthWest()).x;
  };

  // Names that overlap are hidden; where there are many regions, those that are wider than their region too.
  function hideCrowdedNames() {
    const taken = [];
    const order = outlines.map((_, index) => index);
    if (state.region !== null) order.unshift(...order.splice(state.region, 1));
    for (const index of order) {
      const element = outlines[index].label.getElement();
      if (!element) continue;
      const box = element.getBoundingClientRect();
      const meets = (other) =>
        box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top;
      const wide = outlines.length > FEW_REGIONS && widthOnScreen(outlines[index].line) < box.width;
      const crowded = taken.some(meets) || (wide && index !== state.region);
      element.classList.toggle("crowded", crowded);
      if (!crowded) taken.push(box);
    }
  }

  // --- Classes by the pictures' colours ------------------------------------------------------------------------------

  const indexOfColor = new Map();
  const sameColor = classes.map(({ color }) => classes.map((_, index) => index).filter((index) => classes[index].color === color));
  classes.forEach(({ color }, index) => {
    const packed = Number.parseInt(color, 16);
    if (!indexOfColor.has(packed)) indexOfColor.set(packed, index);
  });

  const readings = new Map();
  const KEPT_READINGS = 12;

  // The class of each pixel of a date's picture: an index into the scheme's classes, or NO_CLASS.
  function readClasses(number) {
    if (!readings.has(number)) {
      readings.set(number, decode(frames[number].classes));
      if (readings.size > KEPT_READINGS) readings.delete(readings.keys().next().value);
    }
    return readings.get(number);
  }

  async function decode(address) {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = extent.width;
    canvas.height = extent.height;
    const context = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, extent.width, extent.height).data;
    const found = new Uint8Array(extent.width * extent.height).fill(NO_CLASS);
    for (let place = 0; place < found.length; place += 1) {
      const at = place * 4;
      if (pixels[at + 3] < 128) continue;
      const index = indexOfColor.get((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
      if (index !== undefined) found[place] = index;
    }
    return found;
  }

  function pixelAt(latlng) {
    const { x, y } = MERCATOR.project(latlng);
    const column = Math.floor((x - extent.west) / extent.pixel);
    const row = Math.floor((extentNorth - y) / extent.pixel);
    const inside = column >= 0 && row >= 0 && column < extent.width && row < extent.height;
    return inside ? row * extent.width + column : null;
  }

  function classNames(index) {
    return sameColor[index].map((same) => `${classes[same].name} (${classes[same].value})`).join(" or ");
  }

  // The picture's columns and rows whose centres are in view.
  function windowInView() {
    const view = map.getBounds();
    const low = MERCATOR.project(view.getSouthWest());
    const high = MERCATOR.project(view.getNorthEast());
    const within = (value, most) => Math.min(Math.max(Math.ceil(value - 0.5), 0), most);
    return {
      left: within((low.x - extent.west) / extent.pixel, extent.width),
      right: within((high.x - extent.west) / extent.pixel, extent.width),
      top: within((extentNorth - high.y) / extent.pixel, extent.height),
      bottom: within((extentNorth - low.y) / extent.pixel, extent.height),
    };
  }

  // Area of each class in view, and of no class last. Web Mercator stretches a row by 1 / cos(latitude) both ways, and
  // the cosine of the latitude at y is 1 / cosh(y / radius).
  function areasInView(found) {
    const sums = new Array(classes.length + 1).fill(0);
    const { left, right, top, bottom } = windowInView();
    for (let row = top; row < bottom; row += 1) {
      const counts = new Uint32Array(256);
      for (let place = row * extent.width + left; place < row * extent.width + right; place += 1) counts[found[place]] += 1;
      const weight = Math.cosh((extentNorth - (row + 0.5) * extent.pixel) / MERCATOR_RADIUS) ** -2;
      for (let index = 0; index < classes.length; index += 1) sums[index] += counts[index] * weight;
      sums[classes.length] += counts[NO_CLASS] * weight;
    }
    // Classes of one colour cannot be told apart: each line has their sum.
    return { classes: classes.map((_, index) => sums[sameColor[index][0]]), seen: sum(sums.slice(0, -1)), whole: sum(sums) };
  }

  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

  // Area of each class in one region or in all, as the statistics have it.
  function areasInRegions(number, region) {
    const chosen = region === null ? regions.map((_, index) => index) : [region];
    const totals = new Array(classes.length).fill(0);
    for (const index of chosen) (areas[number][index] || []).forEach((area, place) => { totals[place] += area; });
    const seen = sum(totals);
    return { classes: totals, seen, whole: Math.max(seen, sum(chosen.map((index) => regions[index].area))) };
  }

  // --- Legend --------------------------------------------------------------------------------------------------------

  function shareText(part, whole) {
    if (!(whole > 0)) return "–";
    const percent = (100 * part) / whole;
    if (percent === 0) return "0 %";
    return percent < 0.05 ? "<0.1 %" : `${percent.toFixed(1)} %`;
  }

  const legendRows = [...document.querySelectorAll("#legend tbody tr")];

  function writeColumn(column, shares) {
    legendRows.forEach((row, index) => {
      const together = column === 0 && sameColor[index].length > 1 && shares.seen > 0;
      row.cells[column + 1].textContent = shareText(shares.classes[index], shares.seen) + (together ? "*" : "");
      row.cells[column + 1].title = together ? `Together: ${classNames(index)}` : "";
    });
    byId("no-data").cells[column + 1].textContent = shareText(shares.whole - shares.seen, shares.whole);
  }

  async function writeLegend() {
    const number = state.frame;
    const found = await readClasses(number);
    if (number !== state.frame) return;
    const inView = areasInView(found);
    const inRegions = areasInRegions(number, state.region);
    writeColumn(0, inView);
    writeColumn(1, inRegions);
    legendRows.forEach((row, index) => row.classList.toggle("absent", !(inView.classes[index] > 0 || inRegions.classes[index] > 0)));
    byId("legend-date").textContent = frames[number].label;
  }

  let legendIsDue = false;

  function writeLegendSoon() {
    if (legendIsDue) return;
    legendIsDue = true;
    requestAnimationFrame(() => {
      legendIsDue = false;
      writeLegend();
    });
  }

  // --- Inspector -----------------------------------------------------------------------------------------------------

  async function describe(latlng) {
    const number = state.frame;
    const found = await readClasses(number);
    const pixel = pixelAt(latlng);
    const index = pixel === null ? NO_CLASS : found[pixel];
    const known = index !== NO_CLASS;
    const place = `${latlng.lat.toFixed(5)}, ${latlng.wrap().lng.toFixed(5)}`;
    const what = known ? classNames(index) : pixel === null ? "Outside the pictures" : "No data";
    return { index: known ? index : null, text: `${what} · ${frames[number].label} · lat, lon ${place}` };
  }

  let asked = 0;

  async function inspect(latlng) {
    asked += 1;
    const question = asked;
    const { index, text } = await describe(latlng);
    if (question !== asked) return null;
    const chip = document.querySelector("#inspector .chip");
    chip.hidden = index === null;
    if (index !== null) chip.style.backgroundColor = `#${classes[index].color}`;
    document.querySelector("#inspector .words").textContent = text;
    legendRows.forEach((row, place) => row.classList.toggle("under", index !== null && sameColor[index].includes(place)));
    return text;
  }

  const pin = L.circleMarker([0, 0], { pane: "regions", radius: 6, color: "#12181d", weight: 2, fillColor: "#ffffff", fillOpacity: 0.6, interactive: false });

  async function pinAt(latlng) {
    state.pinned = latlng;
    pin.setLatLng(latlng).addTo(map);
    const text = await inspect(latlng);
    if (text) announce(text);
  }

  function announce(text) {
    byId("announcer").textContent = text;
  }

  // --- Split view ----------------------------------------------------------------------------------------------------

  const divider = byId("divider");

  function clipPanes() {
    const split = state.split;
    divider.hidden = !split;
    for (const kind of ["classes", "trueColor"]) {
      const pane = map.getPane(kind);
      if (!split) {
        pane.style.clipPath = "";
        continue;
      }
      const size = map.getSize();
      const at = size.x * state.divider;
      const corner = (x, y) => {
        const point = map.containerPointToLayerPoint([x, y]);
        return `${point.x}px ${point.y}px`;
      };
      const [left, right] = kind === "classes" ? [0, at] : [at, size.x];
      pane.style.clipPath = `polygon(${corner(left, 0)}, ${corner(right, 0)}, ${corner(right, size.y)}, ${corner(left, size.y)})`;
    }
    divider.style.left = `${100 * state.divider}%`;
    const percent = Math.round(100 * state.divider);
    divider.setAttribute("aria-valuenow", String(percent));
    divider.setAttribute("aria-valuetext", `Classes on the left ${percent} % of the map`);
  }

  function moveDivider(share) {
    state.divider = Math.min(Math.max(share, 0), 1);
    clipPanes();
  }

  function setSplit(split) {
    state.split = split && hasTrueColor;
    byId("split")?.setAttribute("aria-pressed", String(state.split));
    if (state.split) {
      for (const kind of ["classes", "trueColor"]) {
        state.visible[kind] = true;
        document.querySelector(`[data-layer="${kind}"]`).checked = true;
      }
    }
    byId("opacity").disabled = state.split;
    showLayers();
    clipPanes();
    announce(state.split ? "Classes left, true colour right" : "Split view off");
  }

  const DIVIDER_KEYS = { ArrowLeft: -0.05, ArrowDown: -0.05, ArrowRight: 0.05, ArrowUp: 0.05, PageDown: -0.2, PageUp: 0.2, Home: -1, End: 1 };

  function wireDivider() {
    const follow = (event) => {
      const box = byId("map").getBoundingClientRect();
      moveDivider((event.clientX - box.left) / box.width);
    };
    divider.addEventListener("pointerdown", (event) => {
      divider.setPointerCapture(event.pointerId);
      divider.addEventListener("pointermove", follow);
    });
    for (const name of ["pointerup", "pointercancel"]) {
      divider.addEventListener(name, () => divider.removeEventListener("pointermove", follow));
    }
    divider.addEventListener("keydown", (event) => {
      if (!(event.key in DIVIDER_KEYS)) return;
      event.preventDefault();
      moveDivider(state.divider + DIVIDER_KEYS[event.key]);
    });
  }

  // --- Time ----------------------------------------------------------------------------------------------------------

  let timer = null;

  function goTo(number, { quiet = false } = {}) {
    state.frame = Math.min(Math.max(number, 0), frames.length - 1);
    const { label } = frames[state.frame];
    const slider = byId("slider");
    slider.value = String(state.frame);
    slider.setAttribute("aria-valuetext", label);
    byId("date").textContent = label;
    byId("previous").disabled = state.frame === 0;
    byId("next").disabled = state.frame === frames.length - 1;
    [...byId("strip").children].forEach((bar, index) => bar.classList.toggle("now", index === state.frame));
    showLayers();
    writeLegendSoon();
    if (state.pinned) inspect(state.pinned);
    if (!quiet) announce(label);
    rememberView();
  }

  function setPlaying(playing) {
    clearInterval(timer);
    timer = playing ? setInterval(playNext, PLAY_MILLISECONDS) : null;
    const button = byId("play");
    button.classList.toggle("playing", playing);
    button.setAttribute("aria-label", playing ? "Pause" : "Play");
    button.title = playing ? "Pause" : "Play";
  }

  function playNext() {
    goTo((state.frame + 1) % frames.length, { quiet: true });
  }

  // Above the slider, each date's shares of classes in the regions, as a stack.
  function drawStrip() {
    const strip = byId("strip");
    strip.replaceChildren(...frames.map((frame, number) => {
      const bar = document.createElement("canvas");
      bar.width = 1;
      bar.height = 100;
      bar.title = frame.label;
      bar.classList.toggle("now", number === state.frame);
      bar.addEventListener("click", () => goTo(number));
      const shares = areasInRegions(number, state.region);
      const context = bar.getContext("2d");
      let from = 0;
      shares.classes.forEach((area, index) => {
        const height = shares.whole > 0 ? (100 * area) / shares.whole : 0;
        context.fillStyle = `#${classes[index].color}`;
        context.fillRect(0, from, 1, height);
        from += height;
      });
      return bar;
    }));
  }

  // --- The view in the address, so that a link opens what its sender saw ---------------------------------------------

  const canRemember = ["http:", "https:", "file:"].includes(location.protocol);
  let ready = false;

  function rememberView() {
    if (!canRemember || !ready) return;
    const centre = map.getCenter();
    const view = new URLSearchParams({
      date: frames[state.frame].label,
      zoom: String(map.getZoom()),
      lat: centre.lat.toFixed(6),
      lon: centre.lng.toFixed(6),
    });
    history.replaceState(null, "", `#${view}`);
  }

  function recallView() {
    const view = new URLSearchParams(location.hash.slice(1));
    const number = frames.findIndex((frame) => frame.label === view.get("date"));
    const [zoom, latitude, longitude] = ["zoom", "lat", "lon"].map((name) => Number.parseFloat(view.get(name)));
    if ([zoom, latitude, longitude].every(Number.isFinite)) {
      map.setView([latitude, longitude], zoom, { animate: false });
    } else if (!ready) {
      map.fitBounds(bounds, { animate: false });
    }
    if (number >= 0 || !ready) goTo(Math.max(number, 0), { quiet: true });
  }

  // --- Print ---------------------------------------------------------------------------------------------------------

  const PAPER_WIDTH = 690; // CSS pixels: A4 less its margins

  function preparePrint() {
    const { x, y } = map.getSize();
    Object.assign(byId("map").parentElement.style, { width: `${x}px`, height: `${y}px`, zoom: String(Math.min(1, PAPER_WIDTH / x)) });
  }

  function finishPrint() {
    Object.assign(byId("map").parentElement.style, { width: "", height: "", zoom: "" });
    map.invalidateSize();
  }

  // --- What people do ------------------------------------------------------------------------------------------------

  function wireLayers() {
    for (const box of document.querySelectorAll("[data-layer]")) {
      box.addEventListener("change", () => {
        state.visible[box.dataset.layer] = box.checked;
        showLayers();
        showRegions();
        showBasemap();
      });
    }
    byId("opacity").addEventListener("input", (event) => {
      state.opacity = Number(event.target.value) / 100;
      byId("opacity-value").textContent = `${event.target.value} %`;
      map.getPane("classes").style.opacity = state.opacity;
    });
    byId("split")?.addEventListener("click", () => setSplit(!state.split));
    legendRows.forEach((row, index) => {
      const button = row.querySelector("button");
      button.addEventListener("click", () => {
        const chosen = !state.only.delete(index);
        if (chosen) state.only.add(index);
        button.setAttribute("aria-pressed", String(chosen));
        showLayers();
      });
    });
  }

  function wireRegions() {
    byId("region")?.addEventListener("change", (event) => {
      state.region = event.target.value === "" ? null : Number(event.target.value);
      byId("region-heading").textContent = state.region === null ? "In all regions" : `In ${regions[state.region].name}`;
      showRegions();
      drawStrip();
      writeLegendSoon();
    });
    byId("zoom-to")?.addEventListener("click", () => {
      const target = state.region === null ? bounds : outlines[state.region].line.getBounds().pad(0.15);
      map.fitBounds(target, { animate: false });
    });
  }

  function wireTime() {
    const slider = byId("slider");
    slider.addEventListener("input", () => {
      setPlaying(false);
      goTo(Number(slider.value));
    });
    byId("previous").addEventListener("click", () => goTo(state.frame - 1));
    byId("next").addEventListener("click", () => goTo(state.frame + 1));
    byId("play").addEventListener("click", () => setPlaying(timer === null));
    if (frames.length > 1) return;
    for (const id of ["previous", "play", "next", "slider", "strip"]) byId(id).hidden = true;
  }

  function wireMap() {
    map.on("mousemove", ({ latlng }) => inspect(latlng));
    map.on("mouseout", () => state.pinned && inspect(state.pinned));
    map.on("click", ({ latlng }) => pinAt(latlng));
    map.on("move zoom viewreset resize", clipPanes);
    map.on("moveend resize", () => {
      writeLegendSoon();
      hideCrowdedNames();
      rememberView();
    });
    byId("map").addEventListener("keydown", (event) => {
      if (event.key === "Enter") pinAt(map.getCenter());
      if (event.key === "Escape") unpin();
    });
  }

  function unpin() {
    state.pinned = null;
    pin.remove();
  }

  function start() {
    wireMap();
    wireDivider();
    wireLayers();
    wireRegions();
    wireTime();
    recallView();
    ready = true;
    showBasemap();
    showRegions();
    drawStrip();
    window.addEventListener("hashchange", recallView);
    window.addEventListener("beforeprint", preparePrint);
    window.addEventListener("afterprint", finishPrint);
    new ResizeObserver(() => map.invalidateSize()).observe(byId("map"));
  }

  start();
})();
