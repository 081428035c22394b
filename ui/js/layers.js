// Styles the outlines and draws what lies on them. Names become text nodes only: nothing of a register or a log is ever
// read as HTML or script here. s.mode says what `values` (by kelurahan code) are:
//   circles  [radius in px, number, short number]; a code that is absent is not measured
//   areas    [colour, 'hatch' or 'cross', words]: the fill answers one question for each kelurahan
//   discs    the same, drawn only while the map is too small for s.discs:
//            [lat, lon, place, words, left colour, right colour, radius in px, dashed outline]
function (group, values, s) {
    var outlines = window.PANTAU_OUTLINES, map = window.map_div;
    var ground = 'background:' + s.background + ';';
    var glow = '0 0 3px ' + s.background;
    document.getElementById('pantau-theme').textContent = [
        'html,body,.leaflet-container{' + ground + 'font:13px "Source Sans",sans-serif}',
        '.pantau-ground{fill:' + s.background + '}',
        '.pantau-line{stroke:' + s.hatch + '}',
        '.pantau-cross-ground{fill:' + s.crossed + '}',
        '.pantau-cross-line{stroke:' + s.cross + '}',
        '.pantau-unmeasured{fill:url(#pantau-hatch)}',
        '.pantau-cross{fill:url(#pantau-x)}',
        '.pantau-label{color:' + s.ink + ';text-align:center;white-space:nowrap;pointer-events:none;' +
            'text-shadow:' + [glow, glow, glow, glow].join(',') + '}',
        '.pantau-number{color:' + s.onCircle + ';font:600 11px sans-serif;line-height:16px;text-align:center;' +
            'pointer-events:none}',
        '.leaflet-container .leaflet-control-attribution{' + ground + 'color:' + s.second + '}',
        '.leaflet-tooltip,.leaflet-bar a{' + ground + 'color:' + s.ink + ';border-color:' + s.outline + '}',
        'path:focus-visible{outline:3px solid ' + s.ink + '}'
    ].join('');

    function words(text, cls) {
        var element = document.createElement('div');
        element.textContent = text;
        element.className = cls || '';
        return element;
    }
    function icon(at, text, cls, width) {
        var content = {html: words(text, cls), className: '', iconSize: [width, 16], iconAnchor: [width / 2, 8]};
        L.marker(at, {interactive: false, keyboard: false, icon: L.divIcon(content)}).addTo(group);
    }
    function level(name) {
        return {type: 'FeatureCollection', features: outlines.filter(function (f) { return f.properties.level === name; })};
    }
    // What a click sends back: what was clicked, and a number so that a second click is news. Enter does as a click.
    function answers(shape, what, label) {
        shape.toGeoJSON = function () {
            window.PANTAU_CLICKS = (window.PANTAU_CLICKS || 0) + 1;
            return Object.assign({click: window.PANTAU_CLICKS}, what);
        };
        shape.on('add', function () {
            var path = shape.getElement && shape.getElement();
            if (!path) return;
            path.setAttribute('tabindex', '0');
            path.setAttribute('role', 'button');
            path.setAttribute('aria-label', label);
            path.addEventListener('keydown', function (e) { if (e.key === 'Enter') shape.fire('click', {}, true); });
        });
    }
    // A hard edge in the middle: left half low end, right half high end.
    function halves(left, right) {
        var id = 'pantau-' + left.slice(1) + '-' + right.slice(1);
        if (!document.getElementById(id)) {
            document.querySelector('#pantau-defs').insertAdjacentHTML('beforeend',
                '<linearGradient id="' + id + '"><stop offset="50%" stop-color="' + left + '"/>' +
                '<stop offset="50%" stop-color="' + right + '"/></linearGradient>');
        }
        return 'url(#' + id + ')';
    }

    var discs = s.mode === 'discs';
    // Too small for a disc a place: the kelurahan takes the verdict of its fullest place.
    function coarse() { return discs && map.getSize().x < 500 && map.getZoom() < map.getMinZoom() + 2.5; }
    function look(f) {
        var value = values[f.properties.code], chosen = f.properties.code === s.chosen;
        var filled = s.mode === 'areas' || coarse();
        var style = {color: chosen ? s.ink : s.outline, weight: chosen ? 4 : 1.2, fillOpacity: 1, fillColor: s.fill};
        if (s.mode === 'circles') style.className = value ? 'pantau-measured' : 'pantau-unmeasured';
        else if (filled && (!value || value[0] === 'hatch')) style.className = 'pantau-unmeasured';
        else if (filled && value[0] === 'cross') style.className = 'pantau-cross';
        else {
            style.className = 'pantau-measured';
            if (filled) style.fillColor = value[0];
        }
        return style;
    }
    function said(f) {
        var value = values[f.properties.code];
        if (s.mode === 'circles') return value ? value[1] + ' ' + s.unit : s.unmeasured;
        return value ? value[1] : s.unmeasured;
    }

    var layer = L.geoJSON(level('kelurahan'), {
        style: look,
        onEachFeature: function (f, shape) {
            var label = f.properties.name + ': ' + said(f);
            shape.bindTooltip(words(label), {sticky: true});
            answers(shape, {code: f.properties.code}, label);
        }
    }).addTo(group);
    L.geoJSON(level('kecamatan'), {interactive: false, style: {color: s.ink, weight: 3, fill: false}}).addTo(group);

    var places = layer.getLayers().map(function (shape) {
        if (shape.feature.properties.code === s.chosen) shape.bringToFront();
        return shape.feature.properties;
    });
    var circles = s.mode !== 'circles' ? [] : places.filter(function (p) { return values[p.code] && values[p.code][0]; })
        .sort(function (a, b) { return values[b.code][0] - values[a.code][0]; });  // small circles on top
    // At the zoom the city was fitted with: a number that a smaller circle would cut stays in the tooltip only.
    var centres = circles.map(function (p) { return map.project(p.label, map.getMinZoom() + 1); });
    circles.forEach(function (p, n) {
        var value = values[p.code], radius = value[0];
        L.circleMarker(p.label, {
            radius: radius, weight: 1.5, color: s.background, fillColor: s.circle, fillOpacity: 1, interactive: false
        }).addTo(group);
        var free = circles.slice(n + 1).every(function (q, k) {
            var by = centres[n].subtract(centres[n + 1 + k]), reach = values[q.code][0];
            return Math.abs(by.x) > 2.9 * value[2].length + reach || Math.abs(by.y) > 6 + reach;
        });
        if (free && 2 * radius >= 5.8 * value[2].length + 2) icon(p.label, value[2], 'pantau-number', 60);
    });

    var dots = L.featureGroup();
    (s.discs || []).forEach(function (d) {
        var hatched = d[4] === 'hatch';
        var disc = L.circleMarker([d[0], d[1]], {
            radius: d[6], weight: d[7] ? 1.5 : 2, dashArray: d[7] ? '3 2' : null, color: s.ink, fillOpacity: 1,
            className: hatched ? 'pantau-disc pantau-unmeasured' : 'pantau-disc',
            fillColor: hatched ? s.fill : d[4] === d[5] ? d[4] : halves(d[4], d[5])
        });
        disc.bindTooltip(words(d[3]));
        answers(disc, {place: d[2]}, d[3]);
        dots.addLayer(disc);
    });
    function arrange() {
        if (coarse()) group.removeLayer(dots); else group.addLayer(dots);
        if (!discs) return;
        layer.eachLayer(function (shape) {
            var style = look(shape.feature), path = shape.getElement();
            shape.setStyle(style);
            if (path) ['pantau-measured', 'pantau-unmeasured', 'pantau-cross'].forEach(function (name) {
                path.classList.toggle(name, style.className === name);
            });
        });
    }
    if (s.discs) {
        arrange();
        if (window.PANTAU_ARRANGE) map.off('zoomend', window.PANTAU_ARRANGE);
        window.PANTAU_ARRANGE = arrange;
        if (discs) map.on('zoomend', arrange);
    }
    level('kecamatan').features.forEach(function (f) {
        icon(f.properties.label, f.properties.name, 'pantau-label', 120);
    });
}
