// One network: a subnet for each host, one that PostgreSQL stands in, one for the private endpoints, and the private zones that give them their names.

@description('Name of this installation.')
param environmentName string

@description('Azure region.')
param location string

@description('Tags of each resource.')
param tags object

@description('Address space, a /22 or larger.')
param addressSpace string

// Both hosts run on the same machinery, which wants a subnet for each of them delegated to it.
var hostDelegation = [{ name: 'hosts', properties: { serviceName: 'Microsoft.App/environments' } }]

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-${environmentName}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressSpace] }
    subnets: [
      {
        name: 'api'
        properties: { addressPrefix: cidrSubnet(addressSpace, 24, 0), delegations: hostDelegation }
      }
      {
        name: 'supervisor'
        properties: { addressPrefix: cidrSubnet(addressSpace, 24, 1), delegations: hostDelegation }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: cidrSubnet(addressSpace, 26, 8), privateEndpointNetworkPolicies: 'Disabled' }
      }
      {
        name: 'postgres'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 28, 36)
          delegations: [{ name: 'postgres', properties: { serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers' } }]
        }
      }
    ]
  }

  resource api 'subnets' existing = { name: 'api' }
  resource supervisor 'subnets' existing = { name: 'supervisor' }
  resource endpoints 'subnets' existing = { name: 'endpoints' }
  resource postgres 'subnets' existing = { name: 'postgres' }
}

var zoneNames = [
  'privatelink.blob.${environment().suffixes.storage}'
  'privatelink.queue.${environment().suffixes.storage}'
  'privatelink${replace(environment().suffixes.keyvaultDns, '.vault', '.vaultcore')}'
  '${environmentName}.private.postgres.database.azure.com'
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for name in zoneNames: {
    name: name
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (name, i) in zoneNames: {
    parent: zones[i]
    name: environmentName
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

@description('Subnet of the Function App.')
output apiSubnetId string = network::api.id

@description('Subnet of the Container Apps environment.')
output supervisorSubnetId string = network::supervisor.id

@description('Subnet of the private endpoints.')
output endpointSubnetId string = network::endpoints.id

@description('Subnet that PostgreSQL stands in.')
output postgresSubnetId string = network::postgres.id

// What uses a zone has to wait until the network is linked to it, and a link's id begins with its zone's.
@description('Private zone of blobs.')
output blobZoneId string = split(links[0].id, '/virtualNetworkLinks/')[0]

@description('Private zone of queues.')
output queueZoneId string = split(links[1].id, '/virtualNetworkLinks/')[0]

@description('Private zone of Key Vault.')
output vaultZoneId string = split(links[2].id, '/virtualNetworkLinks/')[0]

@description('Private zone of PostgreSQL.')
output postgresZoneId string = split(links[3].id, '/virtualNetworkLinks/')[0]
