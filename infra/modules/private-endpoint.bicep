// A resource's address inside the network.

@description('Name of the endpoint.')
param name string

@description('Azure region.')
param location string

@description('Tags of each resource.')
param tags object

@description('Subnet that it gets its address from.')
param subnetId string

@description('Resource that is reached through it.')
param resourceId string

@description('Which part of the resource, such as blob.')
param groupId string

@description('Private zone that gets its name.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      { name: groupId, properties: { privateLinkServiceId: resourceId, groupIds: [groupId] } }
    ]
  }

  resource zone 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: groupId, properties: { privateDnsZoneId: zoneId } }]
    }
  }
}
