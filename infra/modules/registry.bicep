// Where the supervisor's image is pulled from.

@description('Name of the registry.')
param name string

@description('Azure region.')
param location string

@description('Tags of each resource.')
param tags object

// Reached over the internet, with identities only: private endpoints take the Premium tier, and what lies here is code without secrets.
resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: { adminUserEnabled: false }
}

@description('Name of the registry.')
output name string = registry.name

@description('Its host name.')
output server string = registry.properties.loginServer
