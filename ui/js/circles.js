// Styles the outlines from `values`, code -> [radius in px, number, short number] (a code that is absent is not measured), and draws
// the circles. Names become text nodes only: nothing of a register or a log is ever read as HTML or script here.
function (group, values, s) {
    var outlines = window.PANTAU_OUTLINES;
    var ground = 'background:' + s.background + ';';
    var glow = '0 0 3px ' + s.background;
    document.getElementById('pantau-theme').textContent = [
        'html,body,.leaflet-container{' + ground + 'font:13px "Source Sans",sans-serif}',
        '.pantau-ground{fill:' + s.background + '}',
        '.pantau-line{stroke:' + s.hatch + '}',
        '.pantau-unmeasured{fill:url(#pantau-hatch)}',
        '.pantau-label{color:' + s.ink + ';text-align:center;white-space:nowrap;pointer-events:none;' +
            'text-shadow:' + [glow, glow, glow, glow].join(',') + '}',
        '.pantau-number{color:' + s.onCircle + ';font:600 11px sans-serif;line-height:16px;text-align:center;' +
            'pointer-events:none}',
        '.leaflet-container .leaflet-control-attribution{' + ground + 'color:' + s.second + '}',
        '.leaflet-tooltip,.leaflet-bar a{' + ground + 'color:' + s.ink + ';border-color:' + s.outline + '}'
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

    var layer = L.geoJSON(level('kelurahan'), {
        style: function (f) {
            var chosen = f.properties.code === s.chosen;
            return {
                color: chosen ? s.ink : s.outline, weight: chosen ? 4 : 1.2, fillOpacity: 1, fillColor: s.fill,
                className: values[f.properties.code] ? 'pantau-measured' : 'pantau-unmeasured'
            };
        },
        onEachFeature: function (f, shape) {
            var value = values[f.properties.code];
            shape.bindTooltip(words(f.properties.name + ': ' + (value ? value[1] + ' ' + s.unit : s.unmeasured)), {sticky: true});
            // What a click sends back: the code, and a number so that a second click is news.
            shape.toGeoJSON = function () {
                window.PANTAU_CLICKS = (window.PANTAU_CLICKS || 0) + 1;
                return {code: f.properties.code, click: window.PANTAU_CLICKS};
            };
        }
    }).addTo(group);
    L.geoJSON(level('kecamatan'), {interactive: false, style: {color: s.ink, weight: 3, fill: false}}).addTo(group);

    var places = layer.getLayers().map(function (shape) {
        if (shape.feature.properties.code === s.chosen) shape.bringToFront();
        return shape.feature.properties;
    });
    var circles = places.filter(function (p) { return values[p.code] && values[p.code][0]; })
        .sort(function (a, b) { return values[b.code][0] - values[a.code][0]; });  // small circles on top
    // At the zoom the city was fitted with: a number that a smaller circle would cut stays in the tooltip only.
    var centres = circles.map(function (p) { return window.map_div.project(p.label, window.map_div.getMinZoom() + 1); });
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
    level('kecamatan').features.forEach(function (f) {
        icon(f.properties.label, f.properties.name, 'pantau-label', 120);
    });
}
