// The base map's only script: fits the city, takes the attribution's flag away, lays the hatch that outlines refer to.
function (map, bounds, attribution) {
    map.attributionControl.setPrefix('').addAttribution(attribution);
    document.body.insertAdjacentHTML('beforeend',
        '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs id="pantau-defs">' +
        '<pattern id="pantau-hatch" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
        '<rect class="pantau-ground" width="9" height="9"/>' +
        '<line class="pantau-line" x1="0" y1="0" x2="0" y2="9" stroke-width="2"/></pattern>' +
        '<pattern id="pantau-x" width="16" height="16" patternUnits="userSpaceOnUse">' +
        '<rect class="pantau-cross-ground" width="16" height="16"/>' +
        '<path class="pantau-cross-line" d="M3 3L13 13M13 3L3 13" stroke-width="2"/></pattern></defs></svg>' +
        '<style id="pantau-theme"></style>');
    map.fitBounds(bounds, {paddingTopLeft: [6, 6], paddingBottomRight: [6, 26]});  // below: the attribution's line
    if (L.Browser.mobile) map.dragging.disable();  // one finger scrolls the page; two move the map
    map.setMinZoom(map.getZoom() - 1);
    map.setMaxBounds(L.latLngBounds(bounds).pad(0.3));
}
