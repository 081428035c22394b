// The base map's only script: fits the city, takes the attribution's flag away, lays the hatch that outlines refer to.
function (map, bounds, attribution) {
    map.attributionControl.setPrefix('').addAttribution(attribution);
    document.body.insertAdjacentHTML('beforeend',
        '<svg width="0" height="0" style="position:absolute"><defs>' +
        '<pattern id="pantau-hatch" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
        '<rect class="pantau-ground" width="9" height="9"/>' +
        '<line class="pantau-line" x1="0" y1="0" x2="0" y2="9" stroke-width="2"/></pattern></defs></svg>' +
        '<style id="pantau-theme"></style>');
    map.fitBounds(bounds, {paddingTopLeft: [6, 6], paddingBottomRight: [6, 26]});  // below: the attribution's line
    map.setMinZoom(map.getZoom() - 1);
    map.setMaxBounds(L.latLngBounds(bounds).pad(0.3));
}
